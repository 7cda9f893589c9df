namespace Dlrm.Data;

/// <summary>Makes the list of columns that a row block expects from what a file has.</summary>
internal static class ColumnSelection
{
    /// <summary>Checks a file's columns and makes the SELECT list: label and dense as FLOAT, ids as INTEGER or BIGINT, weights as FLOAT[].</summary>
    /// <param name="connection">The database.</param>
    /// <param name="schema">The columns wanted.</param>
    /// <param name="path">The Parquet file.</param>
    /// <returns>SQL.</returns>
    /// <exception cref="DataFormatException">A column is missing or of another kind.</exception>
    /// <exception cref="DuckDbException">The file can't be read.</exception>
    internal static string Make(DuckDbConnection connection, DatasetSchema schema, string path)
    {
        Dictionary<string, (ColumnType Type, ColumnType Element)> columns = new(StringComparer.OrdinalIgnoreCase);
        using (DuckDbReader reader = connection.Query($"SELECT * FROM read_parquet({DuckDbConnection.FileLiteral(path)}) LIMIT 0"))
        {
            for (int c = 0; c < reader.Columns; c++)
            {
                columns[reader.NameOf(c)] = (reader.TypeOf(c), reader.TypeOf(c) == ColumnType.List ? reader.ElementTypeOf(c) : ColumnType.Invalid);
            }
        }

        List<string> select = [Number(schema.Label)];
        select.AddRange(schema.Dense.Select(Number));
        foreach (SparseFeature feature in schema.Sparse)
        {
            select.Add(feature.IsMultiHot ? Ids(feature.Name, isList: true) : Ids(feature.Name, isList: false));
            if (feature.IsWeighted)
            {
                (ColumnType type, ColumnType element) = Find(feature.WeightsColumn);
                select.Add(type == ColumnType.List && IsNumber(element)
                    ? $"CAST({DuckDbConnection.Name(feature.WeightsColumn)} AS FLOAT[])"
                    : throw Wrong(feature.WeightsColumn, type, element, "a list of numbers"));
            }
        }

        return string.Join(", ", select);

        (ColumnType Type, ColumnType Element) Find(string name) => columns.TryGetValue(name, out (ColumnType, ColumnType) found)
            ? found
            : throw new DataFormatException($"{path} has no column {name}; it has {string.Join(", ", columns.Keys.Take(60))}.");

        string Number(string name)
        {
            (ColumnType type, ColumnType element) = Find(name);
            return type == ColumnType.Float ? DuckDbConnection.Name(name)
                : IsNumber(type) ? $"CAST({DuckDbConnection.Name(name)} AS FLOAT)"
                : throw Wrong(name, type, element, "numbers");
        }

        string Ids(string name, bool isList)
        {
            (ColumnType type, ColumnType element) = Find(name);
            ColumnType id = isList ? element : type;
            if ((type == ColumnType.List) != isList || !IsInteger(id))
            {
                throw Wrong(name, type, element, isList ? "lists of integers" : "integers");
            }

            return id == ColumnType.Integer
                ? DuckDbConnection.Name(name)
                : $"CAST({DuckDbConnection.Name(name)} AS BIGINT{(isList ? "[]" : string.Empty)})";
        }

        DataFormatException Wrong(string name, ColumnType type, ColumnType element, string wanted) =>
            new($"{path}, column {name} holds {type}{(type == ColumnType.List ? " of " + element : string.Empty)}, but {wanted} are expected; convert raw data with 'dlrm convert' first.");
    }

    private static bool IsInteger(ColumnType type) => type is >= ColumnType.TinyInt and <= ColumnType.UBigInt;

    private static bool IsNumber(ColumnType type) => IsInteger(type) || type is ColumnType.Boolean or ColumnType.Float or ColumnType.Double or ColumnType.Decimal;
}
