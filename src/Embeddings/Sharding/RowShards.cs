namespace Dlrm.Embeddings;

/// <summary>Knows the matrices whose rows are spread over the workers, and lets worker 0 read any row of them: what writes a checkpoint in one copy.</summary>
/// <remarks>
/// <code>
/// worker 0    Lead(save): save runs, and whatever row it reads is asked for; then "done"
/// the others  Lead(…):    answer until "done"
/// </code>
/// <para>Worker 0 asks for blocks of rows in whatever order and number, so a writer may go over its content twice or leave tensors out. No worker ever holds a whole matrix.</para>
/// <para>Matrices are made and disposed in the same order on every worker: their numbers name them.</para>
/// </remarks>
public sealed class RowShards
{
    private readonly Dictionary<long, ShardedRows> _matrices = [];
    private readonly long[] _request = new long[4];
    private long _made;

    /// <summary>Initializes a new instance of the <see cref="RowShards"/> class without matrices.</summary>
    /// <param name="exchange">The workers.</param>
    public RowShards(IRowExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        Exchange = exchange;
    }

    private enum Request
    {
        Rows,
        SumOfSquares,
        Done,
        Failed,
    }

    /// <summary>Gets the workers.</summary>
    public IRowExchange Exchange { get; }

    /// <summary>Gets a value indicating whether this is worker 0 and the others wait for its requests.</summary>
    public bool IsLeading { get; private set; }

    /// <summary>Runs an action on worker 0, which may read every row of every matrix; the other workers answer until it has ended. All workers call this.</summary>
    /// <param name="action">What worker 0 does; the others ignore theirs. It must not make or dispose matrices.</param>
    /// <returns>On worker 0 true; on the others whether the action ended without an exception.</returns>
    public bool Lead(Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        if (Exchange.Worker > 0)
        {
            return Answer();
        }

        bool isDone = false;
        IsLeading = true;
        try
        {
            action();
            isDone = true;
        }
        finally
        {
            IsLeading = false;
            Ask(isDone ? Request.Done : Request.Failed, 0, 0, 0);
        }

        return true;
    }

    /// <summary>Gives a new matrix its number.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <returns>The number.</returns>
    internal long Add(ShardedRows matrix)
    {
        RequireNotLeading();
        _matrices.Add(_made, matrix);
        return _made++;
    }

    /// <summary>Forgets a matrix.</summary>
    /// <param name="number">Its number.</param>
    internal void Remove(long number) => _matrices.Remove(number);

    /// <summary>Reads rows wherever they lie; on worker 0, inside <see cref="Lead"/>.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="first">The first row.</param>
    /// <param name="destination">Receives whole rows.</param>
    /// <exception cref="InvalidOperationException">The other workers don't listen.</exception>
    internal void Read(ShardedRows matrix, long first, Span<float> destination)
    {
        if (Exchange.Workers > 1)
        {
            if (!IsLeading)
            {
                throw new InvalidOperationException(
                    $"Rows {first} to {first + (destination.Length / matrix.Columns) - 1} lie on {Exchange.Workers} workers, which answer inside {nameof(RowShards)}.{nameof(Lead)} only: call it on every worker around what saves.");
            }

            Ask(Request.Rows, matrix.Number, first, destination.Length / matrix.Columns);
        }

        matrix.Gather(first, destination.Length / matrix.Columns, destination);
    }

    /// <summary>Adds the squares of a matrix; called by all workers, or inside <see cref="Lead"/> by worker 0.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <returns>The sum over all workers.</returns>
    internal double SumOfSquares(ShardedRows matrix)
    {
        if (IsLeading)
        {
            Ask(Request.SumOfSquares, matrix.Number, 0, 0);
        }

        return Exchange.Sum(matrix.OwnSumOfSquares());
    }

    private bool Answer()
    {
        while (true)
        {
            Exchange.Broadcast(_request);
            switch ((Request)_request[0])
            {
                case Request.Rows:
                    _matrices[_request[1]].Gather(_request[2], checked((int)_request[3]), default);
                    break;
                case Request.SumOfSquares:
                    Exchange.Sum(_matrices[_request[1]].OwnSumOfSquares());
                    break;
                default:
                    return (Request)_request[0] == Request.Done;
            }
        }
    }

    private void Ask(Request request, long matrix, long first, long count)
    {
        (_request[0], _request[1], _request[2], _request[3]) = ((long)request, matrix, first, count);
        Exchange.Broadcast(_request);
    }

    private void RequireNotLeading()
    {
        if (IsLeading)
        {
            throw new InvalidOperationException($"A matrix was made inside {nameof(RowShards)}.{nameof(Lead)}, where the other workers don't make theirs: make it before.");
        }
    }
}
