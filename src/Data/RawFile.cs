using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Dlrm.Data;

/// <summary>One raw file and the SQL that reads it in order as label FLOAT, dense DOUBLE, sparse VARCHAR, missing values null.</summary>
internal sealed class RawFile
{
    private const int LongestLine = 1 << 20;
    private const string Mark = "dlrm column ";

    private readonly string[] _expressions;
    private readonly string[] _problems;
    private readonly string[] _columns;

    private RawFile(string path, string source, string[] expressions, string[] problems, string[] columns, bool hasLabel, bool isEmpty)
    {
        FullPath = path;
        Source = source;
        _expressions = expressions;
        _problems = problems;
        _columns = columns;
        HasLabel = hasLabel;
        IsEmpty = isEmpty;
    }

    /// <summary>Gets the path.</summary>
    internal string FullPath { get; }

    /// <summary>Gets a value indicating whether there is a label column; without one labels are null.</summary>
    internal bool HasLabel { get; }

    /// <summary>Gets a value indicating whether there are no bytes at all.</summary>
    internal bool IsEmpty { get; }

    /// <summary>Gets the table expression of the file as it is.</summary>
    internal string Source { get; }

    /// <summary>Gets the query; its columns are named <c>label</c>, <c>d0</c>, <c>d1</c>, …, <c>s0</c>, <c>s1</c>, ….</summary>
    internal string Query => $"SELECT {string.Join(", ", _expressions)} FROM {Source}";

    /// <summary>Looks at a file.</summary>
    /// <param name="connection">The database.</param>
    /// <param name="path">The file.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="isLabelOptional">Whether rows or the whole file may lack the label.</param>
    /// <returns>The file.</returns>
    /// <exception cref="DataFormatException">A column is missing or of a kind that can't be read.</exception>
    internal static RawFile Open(DuckDbConnection connection, string path, RawInputOptions options, bool isLabelOptional)
    {
        if (Path.GetDirectoryName(Path.GetDirectoryName(path)) is { } grand && File.Exists(Path.Combine(grand, DatasetSchema.FileName)))
        {
            throw new DataFormatException($"{path} is part of a dataset that was converted already; its ids are no raw values: use the dataset's folder {grand}, or the raw files.");
        }

        byte[] head = new byte[4];
        int length;
        using (FileStream stream = File.OpenRead(path))
        {
            length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        }

        bool isParquet = options.Format == RawFormat.Parquet || (options.Format == RawFormat.Auto && head.AsSpan().SequenceEqual("PAR1"u8));
        return isParquet ? OpenParquet(connection, path, options, isLabelOptional)
            : OpenText(path, options, isLabelOptional, isGzip: head is [0x1F, 0x8B, ..], isEmpty: length == 0);
    }

    /// <summary>Turns DuckDB's failure into one that names file, row, column and value.</summary>
    /// <param name="connection">The database, with no open reader.</param>
    /// <param name="exception">The failure.</param>
    /// <returns>The exception to throw.</returns>
    internal Exception Explain(DuckDbConnection connection, DuckDbException exception)
    {
        int start = exception.Message.IndexOf(Mark, StringComparison.Ordinal);
        if (start < 0)
        {
            return exception.At(FullPath);
        }

        string[] parts = exception.Message[(start + Mark.Length)..].Split('|', 3);
        int column = int.Parse(parts[0], CultureInfo.InvariantCulture);
        string wanted = parts[1];
        long row = -1;
        try
        {
            // Which row that is needs a second, slow look that only a failure pays for.
            row = connection.Scalar($"SELECT n FROM (SELECT row_number() OVER () - 1 AS n, {_problems[column]} AS bad FROM {Source}) WHERE bad LIMIT 1");
        }
        catch (DuckDbException)
        {
            // The row stays unknown (-1); column and value are worth telling all the same.
        }

        string value = parts[2].Trim();
        return new RowPlace(FullPath, row).Problem(_columns[column], $"the value is '{value}'; {wanted}.");
    }

    private static RawFile OpenParquet(DuckDbConnection connection, string path, RawInputOptions options, bool isLabelOptional)
    {
        string source = $"read_parquet({DuckDbConnection.FileLiteral(path)})";
        Dictionary<string, ColumnType> types = new(StringComparer.Ordinal);
        try
        {
            using DuckDbReader reader = connection.Query($"SELECT * FROM {source} LIMIT 0");
            for (int c = 0; c < reader.Columns; c++)
            {
                types[reader.NameOf(c)] = reader.TypeOf(c);
            }
        }
        catch (DuckDbException exception)
        {
            throw exception.At(path);
        }

        return Make(path, source, options, isLabelOptional, isEmpty: false, [.. types.Keys], name => types.TryGetValue(name, out ColumnType type) ? (DuckDbConnection.Name(name), type) : null);
    }

    private static RawFile OpenText(string path, RawInputOptions options, bool isLabelOptional, bool isGzip, bool isEmpty)
    {
        ColumnMapping mapping = options.Columns;
        string line = FirstLine(path, isGzip);
        char delimiter = options.Delimiter ?? (line.Contains('\t', StringComparison.Ordinal) ? '\t' : ',');
        string[] fields = [.. line.Split(delimiter).Select(static field => field.Trim('"'))];
        bool hasHeader = options.HasHeader
            ?? (mapping.FileColumns is null && mapping.Dense.Concat(mapping.Sparse).All(fields.Contains) && (isLabelOptional || fields.Contains(mapping.Label)));
        bool isNumbered = options.HasHeader is null && mapping.FileColumns is null && IsNumbered(fields);
        hasHeader |= isNumbered;
        IReadOnlyList<string> columns = mapping.FileColumns
            ?? (isNumbered ? Numbered(fields, mapping)
            : hasHeader ? fields
            : isLabelOptional && fields.Length == mapping.Dense.Count + mapping.Sparse.Count ? [.. mapping.Dense, .. mapping.Sparse]
            : [mapping.Label, .. mapping.Dense, .. mapping.Sparse]);
        if (!isEmpty && !line.Contains('"', StringComparison.Ordinal) && fields.Length != columns.Count)
        {
            throw new DataFormatException(
                $"{path}: line 1 has {fields.Length} fields between '{(delimiter == '\t' ? "tab" : delimiter)}', but {columns.Count} are expected ({string.Join(", ", columns.Take(5))}, …): name the file's columns (fileColumns), or another delimiter.");
        }

        string types = string.Join(", ", Enumerable.Range(0, columns.Count).Select(static i => $"'c{i}': 'VARCHAR'"));

        // Tab-separated rows of Criteo know no quotes; a comma-separated file may.
        string quote = delimiter == '\t' ? "quote = '', escape = ''" : "quote = '\"', escape = '\"'";
        string source = $"read_csv({DuckDbConnection.FileLiteral(path)}, auto_detect = false, columns = {{{types}}}, delim = {DuckDbConnection.Literal(delimiter.ToString())}, "
            + $"header = {(hasHeader ? "true" : "false")}, {quote}, compression = '{(isGzip ? "gzip" : "none")}', max_line_size = {LongestLine}, strict_mode = true, null_padding = false, ignore_errors = false)";
        return Make(path, source, options, isLabelOptional, isEmpty, columns, name =>
        {
            int position = 0;
            while (position < columns.Count && columns[position] != name)
            {
                position++;
            }

            return position < columns.Count ? ($"c{position}", ColumnType.Varchar) : null;
        });
    }

    /// <summary>Tells whether a line is the header of a table of eight or more columns without names, as pandas writes it: 0, 1, 2, …, after an empty name when an index comes first.</summary>
    private static bool IsNumbered(string[] fields)
    {
        int first = fields[0].Length == 0 ? 1 : 0;
        return fields.Length >= first + 8 && fields.Skip(first).Index().All(static field => field.Item == field.Index.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Names the columns of such a table by their places; the index, which is no feature, has no name.</summary>
    private static string[] Numbered(string[] fields, ColumnMapping mapping)
    {
        string[] index = fields[0].Length == 0 ? [string.Empty] : [];
        string[] features = [.. mapping.Dense, .. mapping.Sparse];
        return fields.Length == index.Length + features.Length ? [.. index, .. features] : [.. index, mapping.Label, .. features];
    }

    private static RawFile Make(
        string path, string source, RawInputOptions options, bool isLabelOptional, bool isEmpty, IReadOnlyList<string> columns, Func<string, (string Sql, ColumnType Type)?> find)
    {
        ColumnMapping mapping = options.Columns;
        (string Sql, ColumnType Type)? label = find(mapping.Label);
        if (label is null && !isLabelOptional)
        {
            throw Missing(mapping.Label);
        }

        string missing = string.Join(", ", options.MissingValues.DefaultIfEmpty(string.Empty).Select(DuckDbConnection.Literal));
        List<string> expressions = [];
        List<string> problems = [];
        if (label is { } found)
        {
            Label(found.Sql, found.Type);
        }
        else
        {
            expressions.Add("CAST(NULL AS FLOAT) AS label");
            problems.Add("false");
        }

        for (int d = 0; d < mapping.Dense.Count; d++)
        {
            (string sql, ColumnType type) = find(mapping.Dense[d]) ?? throw Missing(mapping.Dense[d]);
            RequireScalar(type, mapping.Dense[d]);
            problems.Add($"(TRY_CAST({sql} AS DOUBLE) IS NULL AND NOT {IsMissing(sql, type)})");
            expressions.Add(type == ColumnType.Varchar
                ? $"coalesce(TRY_CAST({sql} AS DOUBLE), CASE WHEN {IsMissing(sql, type)} THEN NULL ELSE {Fail(sql, "a number is expected")} END) AS d{d}"
                : $"CAST({sql} AS DOUBLE) AS d{d}");
        }

        for (int s = 0; s < mapping.Sparse.Count; s++)
        {
            (string sql, ColumnType type) = find(mapping.Sparse[s]) ?? throw Missing(mapping.Sparse[s]);
            RequireScalar(type, mapping.Sparse[s]);
            string text = type == ColumnType.Varchar ? sql : $"CAST({sql} AS VARCHAR)";
            expressions.Add($"CASE WHEN {text} IN ({missing}) THEN NULL ELSE {text} END AS s{s}");
        }

        return new RawFile(path, source, [.. expressions], [.. problems], [mapping.Label, .. mapping.Dense, .. mapping.Sparse], label is not null, isEmpty);

        DataFormatException Missing(string name) => new($"{path} has no column {name}; it has {string.Join(", ", columns.Take(60))}: say which column it is (columns), or name the file's columns (fileColumns).");

        string IsMissing(string sql, ColumnType type) => type == ColumnType.Varchar ? $"({sql} IS NULL OR {sql} IN ({missing}))" : $"({sql} IS NULL)";

        // The failure tells its column and what is wanted; see Explain.
        string Fail(string sql, string wanted) => $"error('{Mark}{expressions.Count}|{wanted}|' || coalesce(CAST({sql} AS VARCHAR), ''))::DOUBLE";

        void Label(string sql, ColumnType type)
        {
            RequireScalar(type, mapping.Label);
            string number = $"TRY_CAST({sql} AS DOUBLE)";
            string isGood = mapping.LabelThreshold is null ? $"coalesce({number} IN (0, 1), false)" : $"coalesce(isfinite({number}), false)";
            string value = mapping.LabelThreshold is { } threshold
                ? string.Create(CultureInfo.InvariantCulture, $"CASE WHEN {number} >= {threshold:R} THEN 1.0 ELSE 0.0 END")
                : number;
            string absent = isLabelOptional ? $"WHEN {IsMissing(sql, type)} THEN NULL " : string.Empty;
            string wanted = mapping.LabelThreshold is null ? "labels are 0 or 1 (or name the value from which on a label is 1)" : "labels are numbers";
            expressions.Add($"CAST(CASE WHEN {isGood} THEN {value} {absent}ELSE {Fail(sql, wanted)} END AS FLOAT) AS label");
            problems.Add(isLabelOptional ? $"(NOT {isGood} AND NOT {IsMissing(sql, type)})" : $"(NOT {isGood})");
        }

        void RequireScalar(ColumnType type, string name)
        {
            if (type is not (ColumnType.Varchar or ColumnType.Boolean or ColumnType.Float or ColumnType.Double or ColumnType.Decimal or (>= ColumnType.TinyInt and <= ColumnType.UBigInt)))
            {
                throw new DataFormatException($"{path}, column {name} holds {type}, but text or numbers are expected.");
            }
        }
    }

    private static string FirstLine(string path, bool isGzip)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            using Stream stream = isGzip ? new GZipStream(file, CompressionMode.Decompress) : file;
            byte[] bytes = new byte[LongestLine];
            int count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            int end = bytes.AsSpan(0, count).IndexOf((byte)'\n');
            return Encoding.UTF8.GetString(bytes, 0, end < 0 ? count : end).TrimEnd('\r').TrimStart('\uFEFF');
        }
        catch (InvalidDataException exception)
        {
            throw new DataFormatException($"{path}: the gzip data is broken at its beginning: {exception.Message}", exception);
        }
    }
}
