using System.Globalization;
using System.Runtime.InteropServices;

namespace Dlrm.Data.Interop;

/// <summary>Owns one in-memory DuckDB database and a connection to it; one thread at a time may use it, <see cref="Interrupt"/> excepted.</summary>
internal sealed class DuckDbConnection : IDisposable
{
    private readonly DatabaseHandle _database;
    private readonly ConnectionHandle _connection;

    static DuckDbConnection() => DuckDbLibrary.Register();

    /// <summary>Initializes a new instance of the <see cref="DuckDbConnection"/> class: no network, no extensions, rows keep their order.</summary>
    /// <param name="options">Memory, spill folder, threads.</param>
    /// <exception cref="DllNotFoundException">DuckDB's library is missing; the message has the command that installs it.</exception>
    /// <exception cref="DuckDbException">A setting is refused.</exception>
    internal DuckDbConnection(DuckDbOptions options)
    {
        NativeMethods.CreateConfig(out nint config);
        try
        {
            Set(config, "memory_limit", Text(options.MemoryLimitBytes) + "B");
            Set(config, "temp_directory", options.SpillFolder ?? string.Empty);
            Set(config, "preserve_insertion_order", "true");
            Set(config, "autoinstall_known_extensions", "false");
            Set(config, "autoload_known_extensions", "false");
            Set(config, "allow_community_extensions", "false");
            if (options.Threads > 0)
            {
                Set(config, "threads", Text(options.Threads));
            }

            if (NativeMethods.Open(null, out _database, config, out nint error) != NativeMethods.Success)
            {
                string message = TakeText(error);
                _database.Dispose();
                throw new DuckDbException(message);
            }
        }
        finally
        {
            NativeMethods.DestroyConfig(ref config);
        }

        if (NativeMethods.Connect(_database, out _connection) != NativeMethods.Success)
        {
            _connection.Dispose();
            _database.Dispose();
            throw new DuckDbException("DuckDB refused a connection to its own database.");
        }

        RowHashFunction.Register(_connection);
        Execute("SET enable_progress_bar = true");
        Execute("SET enable_progress_bar_print = false");
        Execute("SET lock_configuration = true");
    }

    /// <summary>Gets the version of the library, for example v1.5.6.</summary>
    internal static string LibraryVersion => Marshal.PtrToStringUTF8(NativeMethods.LibraryVersion()) ?? string.Empty;

    /// <inheritdoc/>
    public void Dispose()
    {
        _connection.Dispose();
        _database.Dispose();
    }

    /// <summary>Quotes a name for SQL.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The name in double quotes.</returns>
    internal static string Name(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    /// <summary>Quotes a text for SQL.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The text in single quotes.</returns>
    internal static string Literal(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";

    /// <summary>Quotes a path for SQL so that DuckDB takes brackets, stars and question marks in it as they are.</summary>
    /// <param name="path">The path of one file.</param>
    /// <returns>The path in single quotes.</returns>
    internal static string FileLiteral(string path) => Literal(path.Replace("[", "[[]", StringComparison.Ordinal)
        .Replace("*", "[*]", StringComparison.Ordinal).Replace("?", "[?]", StringComparison.Ordinal));

    /// <summary>Asks the running query to stop; may be called from any thread.</summary>
    internal void Interrupt() => NativeMethods.Interrupt(_connection);

    /// <summary>Executes a statement to its end and drops its rows.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="progress">Receives the fraction done, in [0, 1].</param>
    /// <param name="cancellation">Stops the statement.</param>
    /// <exception cref="DuckDbException">DuckDB failed.</exception>
    /// <exception cref="OperationCanceledException">The caller stopped it.</exception>
    internal void Execute(string sql, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        using StatementHandle statement = Prepare(sql);
        int state = NativeMethods.PendingPrepared(statement, out PendingHandle pending);
        using PendingHandle owned = pending;
        Check(state, pending);
        Run(pending, progress, cancellation);
        using ResultHandle result = Take(pending);
    }

    /// <summary>Executes a query whose first row and column is a 64-bit integer.</summary>
    /// <param name="sql">The query.</param>
    /// <returns>The integer.</returns>
    /// <exception cref="DuckDbException">DuckDB failed, or the query has no such value.</exception>
    internal long Scalar(string sql)
    {
        using DuckDbReader reader = Query(sql);
        return reader.Read() && reader.TypeOf(0) == ColumnType.BigInt
            ? reader.Column<long>(0)[0]
            : throw new DuckDbException($"The query gives no 64-bit integer: {sql}");
    }

    /// <summary>Starts a query whose rows are fetched as they come, in bounded memory.</summary>
    /// <param name="sql">The query.</param>
    /// <param name="cancellation">Stops the wait for the first rows; afterwards <see cref="Interrupt"/> does.</param>
    /// <returns>The rows; only one reader may be open on a connection.</returns>
    /// <exception cref="DuckDbException">DuckDB failed.</exception>
    /// <exception cref="OperationCanceledException">The caller stopped it.</exception>
    internal DuckDbReader Query(string sql, CancellationToken cancellation = default)
    {
        using StatementHandle statement = Prepare(sql);
        int state = NativeMethods.PendingPreparedStreaming(statement, out PendingHandle pending);
        using PendingHandle owned = pending;
        Check(state, pending);
        using CancellationTokenRegistration registration = cancellation.Register(Interrupt);
        try
        {
            return new DuckDbReader(Take(pending));
        }
        catch (DuckDbException) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
    }

    /// <summary>Starts appending to a table.</summary>
    /// <param name="table">The table.</param>
    /// <returns>The appender.</returns>
    /// <exception cref="DuckDbException">There is no such table.</exception>
    internal DuckDbAppender Append(string table)
    {
        int state = NativeMethods.CreateAppender(_connection, null, table, out AppenderHandle appender);
        return new DuckDbAppender(appender, state);
    }

    /// <summary>Copies a text that belongs to the library.</summary>
    /// <param name="text">The text, or zero.</param>
    /// <returns>The copy.</returns>
    internal static string CopyText(nint text) => Marshal.PtrToStringUTF8(text) ?? "DuckDB gave no reason.";

    private static string TakeText(nint text)
    {
        string copy = CopyText(text);
        if (text != 0)
        {
            NativeMethods.Free(text);
        }

        return copy;
    }

    private static void Set(nint config, string name, string value)
    {
        if (NativeMethods.SetConfig(config, name, value) != NativeMethods.Success)
        {
            throw new DuckDbException($"DuckDB {LibraryVersion} refused the setting {name} = '{value}'.");
        }
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static void Check(int state, PendingHandle pending)
    {
        if (state != NativeMethods.Success)
        {
            throw new DuckDbException(CopyText(NativeMethods.PendingError(pending)));
        }
    }

    private static ResultHandle Take(PendingHandle pending)
    {
        ResultHandle result = new();
        if (NativeMethods.ExecutePending(pending, ref result.Value) != NativeMethods.Success)
        {
            string message = CopyText(NativeMethods.ResultError(ref result.Value));
            result.Dispose();
            throw new DuckDbException(message);
        }

        return result;
    }

    private StatementHandle Prepare(string sql)
    {
        if (NativeMethods.Prepare(_connection, sql, out StatementHandle statement) != NativeMethods.Success)
        {
            string message = CopyText(NativeMethods.PrepareError(statement));
            statement.Dispose();
            throw new DuckDbException(message);
        }

        return statement;
    }

    // This thread works too: between two tasks it looks at the caller's wishes.
    private void Run(PendingHandle pending, Action<double>? progress, CancellationToken cancellation)
    {
        double reported = 0;
        SpinWait spin = default;
        bool isInterrupted = false;
        while (true)
        {
            if (cancellation.IsCancellationRequested && !isInterrupted)
            {
                // DuckDB must end the query itself: letting go of one that has tasks left waits for them.
                Interrupt();
                isInterrupted = true;
            }

            PendingState state = NativeMethods.PendingExecuteTask(pending);
            if (state is PendingState.ResultReady or PendingState.Error)
            {
                // An error of another kind is told by Take, with its text.
                if (state == PendingState.Error && isInterrupted)
                {
                    throw new OperationCanceledException(cancellation);
                }

                return;
            }

            if (state == PendingState.NoTasksAvailable)
            {
                spin.SpinOnce();
            }

            double percentage = progress is null ? -1 : NativeMethods.Progress(_connection).Percentage;
            if (percentage >= reported + 1)
            {
                reported = percentage;
                progress!(percentage / 100);
            }
        }
    }
}
