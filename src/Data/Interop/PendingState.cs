namespace Dlrm.Data.Interop;

/// <summary>Mirrors <c>duckdb_pending_state</c>.</summary>
internal enum PendingState
{
    /// <summary>The result can be taken.</summary>
    ResultReady = 0,

    /// <summary>One task was done; there are more.</summary>
    ResultNotReady = 1,

    /// <summary>The query failed.</summary>
    Error = 2,

    /// <summary>Other threads hold all tasks at the moment.</summary>
    NoTasksAvailable = 3,
}
