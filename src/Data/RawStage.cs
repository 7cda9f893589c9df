using System.Globalization;

namespace Dlrm.Data;

/// <summary>Raw rows of all inputs as intermediate Parquet files, one for each input, in order: read once as text, then by column as often as needed.</summary>
internal sealed class RawStage
{
    private readonly DuckDbConnection _connection;
    private readonly string _folder;
    private readonly List<(RawFile File, long First, long Rows)> _files = [];

    /// <summary>Initializes a new instance of the <see cref="RawStage"/> class without rows.</summary>
    /// <param name="connection">The database; stays the caller's.</param>
    /// <param name="folder">The folder to make for the files.</param>
    internal RawStage(DuckDbConnection connection, string folder)
    {
        _connection = connection;
        _folder = folder;
        Directory.CreateDirectory(folder);
        connection.Execute("CREATE TABLE staged (filename VARCHAR, first BIGINT)");
    }

    /// <summary>Gets the rows of all files.</summary>
    internal long Rows { get; private set; }

    /// <summary>Gets the inputs with the number of their first row and their rows.</summary>
    internal IReadOnlyList<(RawFile File, long First, long Rows)> Files => _files;

    /// <summary>Reads a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="progress">Receives the fraction done.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="DataFormatException">A row is not what it should be.</exception>
    internal void Add(RawFile file, Action<double> progress, CancellationToken cancellation)
    {
        string path = PathOf(_files.Count);
        long rows = 0;
        if (!file.IsEmpty)
        {
            try
            {
                _connection.Execute($"COPY ({file.Query}) TO {DuckDbConnection.Literal(path)} (FORMAT parquet, COMPRESSION snappy)", progress, cancellation);
            }
            catch (DuckDbException exception)
            {
                throw file.Explain(_connection, exception);
            }

            rows = _connection.Scalar($"SELECT count(*) FROM read_parquet({DuckDbConnection.FileLiteral(path)})");
            _connection.Execute(string.Create(CultureInfo.InvariantCulture, $"INSERT INTO staged VALUES ({DuckDbConnection.Literal(path)}, {Rows})"), progress: null, cancellation);
        }

        _files.Add((file, Rows, rows));
        Rows += rows;
    }

    /// <summary>Gives SQL for all rows with their numbers: the columns of <see cref="RawFile.Query"/> and <c>n</c>, in no order.</summary>
    /// <returns>A table expression.</returns>
    internal string Numbered()
    {
        string files = string.Join(", ", Enumerable.Range(0, _files.Count).Where(i => _files[i].Rows > 0).Select(i => DuckDbConnection.FileLiteral(PathOf(i))));
        return $"(SELECT r.*, CAST(r.file_row_number + s.first AS UBIGINT) AS n FROM read_parquet([{files}], file_row_number = true, filename = true) r JOIN staged s ON r.filename = s.filename)";
    }

    /// <summary>Gives SQL for the rows of one file in order.</summary>
    /// <param name="position">The file's position.</param>
    /// <returns>A table expression.</returns>
    internal string InOrder(int position) => $"read_parquet({DuckDbConnection.FileLiteral(PathOf(position))})";

    private string PathOf(int position) => Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{position:D6}.parquet"));
}
