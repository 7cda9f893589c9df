using Dlrm.Distributed.Interop;

namespace Dlrm.Distributed;

/// <summary>The communicator of a job that an MPI launcher started: one worker a process.</summary>
/// <remarks>
/// <para>The library is that of the launcher's family: MPICH (Intel MPI, MVAPICH, Cray), Open MPI, or one with MPI's standard ABI. <c>DLRM_MPI</c> names another.</para>
/// <para>Sums are in the order of the library's algorithm for the length and the number of workers: the same bits on every worker and in every run.</para>
/// </remarks>
public sealed partial class MpiCommunicator : ICommunicator
{
    /// <summary>The most numbers of one call: the counts of MPI are 32-bit, and libraries have had overflows near 2 GiB.</summary>
    private const int MostNumbers = 1 << 26;

    private readonly MpiLibrary _library;
    private bool _isDisposed;

    private MpiCommunicator(MpiLibrary library)
    {
        _library = library;
        Rank = library.Rank();
        WorldSize = library.Size();
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int WorldSize { get; }

    /// <summary>Gets the library in words: "MPICH family: MPICH Version: 4.0.2".</summary>
    public string Description => $"{_library.Abi.Family} family: {_library.Version}";

    /// <summary>Starts MPI in a process that a launcher started; at most once a process.</summary>
    /// <param name="launch">What the launcher's environment says.</param>
    /// <returns>The communicator.</returns>
    /// <exception cref="CommunicationException">The library is missing, or belongs to another launcher.</exception>
    public static MpiCommunicator Start(MpiLaunch launch)
    {
        ArgumentNullException.ThrowIfNull(launch);
        MpiLibrary library = MpiLibrary.Load(launch.Libraries);
        library.Initialize();
        MpiCommunicator communicator = new(library);
        if (communicator.WorldSize != launch.WorldSize)
        {
            throw new CommunicationException(
                $"The launcher ({launch.Family}) started {launch.WorldSize} processes, but {communicator.Description} sees {communicator.WorldSize}: launcher and library belong to different MPIs. "
                + "Use the mpiexec of that library, or name the launcher's library in DLRM_MPI.");
        }

        return communicator;
    }

    /// <inheritdoc/>
    public void AllReduceSum(Span<float> values)
    {
        for (int first = 0; first < values.Length; first += MostNumbers)
        {
            _library.AllReduceSum(values.Slice(first, Math.Min(MostNumbers, values.Length - first)));
        }
    }

    /// <inheritdoc/>
    public void AllReduceSum(Span<double> values)
    {
        for (int first = 0; first < values.Length; first += MostNumbers)
        {
            _library.AllReduceSum(values.Slice(first, Math.Min(MostNumbers, values.Length - first)));
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are more values than the counts of MPI hold in one call.</exception>
    public IPendingOperation StartAllReduceSum(Memory<float> values) => values.Length <= MostNumbers ? new MpiPendingSum(_library, values)
        : throw new ArgumentException($"{values.Length} values are more than the {MostNumbers} of one call: start several.", nameof(values));

    /// <inheritdoc/>
    public void AllGather(ReadOnlySpan<byte> own, Span<byte> all, ReadOnlySpan<int> lengths)
    {
        int[] starts = new int[lengths.Length];
        for (int rank = 1; rank < starts.Length; rank++)
        {
            starts[rank] = checked(starts[rank - 1] + lengths[rank - 1]);
        }

        if (lengths.Length != WorldSize || lengths[Rank] != own.Length || all.Length < (long)starts[^1] + lengths[^1])
        {
            throw new ArgumentException($"Worker {Rank} has {own.Length} bytes and room for {all.Length}, but there are {WorldSize} workers with the lengths [{string.Join(", ", lengths.ToArray())}].", nameof(lengths));
        }

        _library.AllGather(own, all, lengths, starts);
    }

    /// <inheritdoc/>
    public void Broadcast(Span<byte> values, int root)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(root);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(root, WorldSize);
        for (int first = 0; first < values.Length; first += MostNumbers)
        {
            _library.Broadcast(values.Slice(first, Math.Min(MostNumbers, values.Length - first)), root);
        }
    }

    /// <inheritdoc/>
    public void Barrier() => _library.Barrier();

    /// <summary>Ends all processes of the job at once: what a worker does that can't go on.</summary>
    /// <param name="code">The exit code of the job.</param>
    public void Abort(int code) => _library.Abort(code);

    /// <summary>Ends MPI in this process; waits until every worker gets here, so a worker that fails calls <see cref="Abort"/> instead.</summary>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _library.FinalizeAll();
        }
    }
}
