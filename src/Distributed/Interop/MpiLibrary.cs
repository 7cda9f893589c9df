using System.Runtime.InteropServices;
using System.Text;

namespace Dlrm.Distributed.Interop;

/// <summary>A loaded MPI library: the functions that are used, with the constants of its family.</summary>
/// <remarks>Every function returns MPI_SUCCESS (0), or throws.</remarks>
internal sealed unsafe partial class MpiLibrary
{
    /// <summary>More than MPI_MAX_ERROR_STRING and MPI_MAX_LIBRARY_VERSION_STRING of any family.</summary>
    private const int MostText = 16384;

    /// <summary>More than MPI_Status of any family.</summary>
    private const int StatusBytes = 256;

    private readonly string _name;
    private readonly nint _handle;
    private readonly delegate* unmanaged<void*, void*, int, nint, nint, nint, int> _allReduce;
    private readonly delegate* unmanaged<void*, void*, int, nint, nint, nint, nint*, int> _startAllReduce;
    private readonly delegate* unmanaged<nint*, int*, void*, int> _test;
    private readonly delegate* unmanaged<nint*, void*, int> _wait;
    private readonly delegate* unmanaged<void*, int, nint, void*, int*, int*, nint, nint, int> _allGather;
    private readonly delegate* unmanaged<void*, int, nint, int, nint, int> _broadcast;
    private readonly delegate* unmanaged<nint, int> _barrier;

    private MpiLibrary(string name, nint handle)
    {
        _name = name;
        _handle = handle;
        Abi = MpiAbi.Of(symbol => NativeLibrary.TryGetExport(handle, symbol, out nint address) ? address : 0);
        _allReduce = (delegate* unmanaged<void*, void*, int, nint, nint, nint, int>)Find("MPI_Allreduce");
        _startAllReduce = (delegate* unmanaged<void*, void*, int, nint, nint, nint, nint*, int>)Find("MPI_Iallreduce");
        _test = (delegate* unmanaged<nint*, int*, void*, int>)Find("MPI_Test");
        _wait = (delegate* unmanaged<nint*, void*, int>)Find("MPI_Wait");
        _allGather = (delegate* unmanaged<void*, int, nint, void*, int*, int*, nint, nint, int>)Find("MPI_Allgatherv");
        _broadcast = (delegate* unmanaged<void*, int, nint, int, nint, int>)Find("MPI_Bcast");
        _barrier = (delegate* unmanaged<nint, int>)Find("MPI_Barrier");
    }

    /// <summary>Gets the constants of its family.</summary>
    internal MpiAbi Abi { get; }

    /// <summary>Gets the library's own description: "Open MPI v4.1.4".</summary>
    internal string Version
    {
        get
        {
            byte* text = stackalloc byte[MostText];
            int length = 0;
            Check(((delegate* unmanaged<byte*, int*, int>)Find("MPI_Get_library_version"))(text, &length), "MPI_Get_library_version");
            return Encoding.UTF8.GetString(text, length).Split('\n')[0].Trim('\0', ' ');
        }
    }

    /// <summary>Loads the first library of a list that is there.</summary>
    /// <param name="names">Names or paths.</param>
    /// <returns>The library.</returns>
    /// <exception cref="CommunicationException">None is there; the message lists them.</exception>
    internal static MpiLibrary Load(IReadOnlyList<string> names)
    {
        NativeEnvironment.Prepare();
        foreach (string name in names)
        {
            if (NativeLibrary.TryLoad(name, out nint handle))
            {
                return new MpiLibrary(name, handle);
            }
        }

        throw new CommunicationException(
            $"This process was started by an MPI launcher, but none of {string.Join(", ", names)} can be loaded: install the launcher's library, or name it in DLRM_MPI.");
    }

    /// <summary>Starts MPI in this process.</summary>
    internal void Initialize()
    {
        int provided = 0;
        Check(((delegate* unmanaged<int*, byte***, int, int*, int>)Find("MPI_Init_thread"))(null, null, Abi.ThreadSerialized, &provided), "MPI_Init_thread");
        Check(((delegate* unmanaged<nint, nint, int>)Find("MPI_Comm_set_errhandler"))(Abi.World, Abi.ErrorsReturn), "MPI_Comm_set_errhandler");
    }

    /// <summary>Ends MPI in this process.</summary>
    internal void FinalizeAll() => Check(((delegate* unmanaged<int>)Find("MPI_Finalize"))(), "MPI_Finalize");

    /// <summary>Ends every process of the job.</summary>
    /// <param name="code">The exit code that the launcher returns.</param>
    internal void Abort(int code) => ((delegate* unmanaged<nint, int, int>)Find("MPI_Abort"))(Abi.World, code);

    /// <summary>Gets the number of this process.</summary>
    /// <returns>From 0.</returns>
    internal int Rank() => Ask("MPI_Comm_rank");

    /// <summary>Gets the number of processes.</summary>
    /// <returns>At least 1.</returns>
    internal int Size() => Ask("MPI_Comm_size");

    /// <summary>Sums numbers over all processes, in place.</summary>
    /// <param name="values">The numbers.</param>
    internal void AllReduceSum(Span<float> values)
    {
        fixed (float* pointer = values)
        {
            AllReduceSum(pointer, values.Length, Abi.Float);
        }
    }

    /// <summary>Sums numbers over all processes, in place.</summary>
    /// <param name="values">The numbers.</param>
    internal void AllReduceSum(Span<double> values)
    {
        fixed (double* pointer = values)
        {
            AllReduceSum(pointer, values.Length, Abi.Double);
        }
    }

    /// <summary>Starts to sum numbers over all processes, in place.</summary>
    /// <param name="values">The numbers; they stay where they are until the request has ended.</param>
    /// <param name="count">How many.</param>
    /// <returns>The request, for <see cref="Wait"/> or <see cref="Test"/>.</returns>
    internal nint StartAllReduceSum(float* values, int count)
    {
        nint request = 0;
        Check(_startAllReduce((void*)Abi.InPlace, values, count, Abi.Float, Abi.Sum, Abi.World, &request), "MPI_Iallreduce");
        return request;
    }

    /// <summary>Says whether a request has ended, and moves its data meanwhile.</summary>
    /// <param name="request">The request; null when it has ended.</param>
    /// <returns>Whether it has.</returns>
    internal bool Test(ref nint request)
    {
        // Room for MPI_Status of any family: MPI_STATUS_IGNORE has a value of its own in each.
        byte* status = stackalloc byte[StatusBytes];
        int flag = 0;
        nint own = request;
        Check(_test(&own, &flag, status), "MPI_Test");
        request = own;
        return flag != 0;
    }

    /// <summary>Waits for a request.</summary>
    /// <param name="request">The request; null afterwards.</param>
    internal void Wait(ref nint request)
    {
        byte* status = stackalloc byte[StatusBytes];
        nint own = request;
        Check(_wait(&own, status), "MPI_Wait");
        request = own;
    }

    /// <summary>Collects bytes of all processes on each.</summary>
    /// <param name="own">Those of this one.</param>
    /// <param name="all">Receives all.</param>
    /// <param name="lengths">How many each has.</param>
    /// <param name="starts">Where those of each go.</param>
    internal void AllGather(ReadOnlySpan<byte> own, Span<byte> all, ReadOnlySpan<int> lengths, ReadOnlySpan<int> starts)
    {
        fixed (byte* from = own, to = all)
        fixed (int* lengthsPointer = lengths, startsPointer = starts)
        {
            Check(_allGather(from, own.Length, Abi.Byte, to, lengthsPointer, startsPointer, Abi.Byte, Abi.World), "MPI_Allgatherv");
        }
    }

    /// <summary>Copies bytes of one process to all.</summary>
    /// <param name="values">The bytes.</param>
    /// <param name="root">The process that has them.</param>
    internal void Broadcast(Span<byte> values, int root)
    {
        fixed (byte* pointer = values)
        {
            Check(_broadcast(pointer, values.Length, Abi.Byte, root, Abi.World), "MPI_Bcast");
        }
    }

    /// <summary>Waits for all processes.</summary>
    internal void Barrier() => Check(_barrier(Abi.World), "MPI_Barrier");

    private void AllReduceSum(void* values, int count, nint type) => Check(_allReduce((void*)Abi.InPlace, values, count, type, Abi.Sum, Abi.World), "MPI_Allreduce");

    private int Ask(string function)
    {
        int answer = 0;
        Check(((delegate* unmanaged<nint, int*, int>)Find(function))(Abi.World, &answer), function);
        return answer;
    }

    private nint Find(string function) => NativeLibrary.TryGetExport(_handle, function, out nint address) ? address
        : throw new CommunicationException($"{_name} has no {function}: it is no MPI library; name one in DLRM_MPI.");

    private void Check(int code, string function)
    {
        if (code == 0)
        {
            return;
        }

        byte* text = stackalloc byte[MostText];
        int length = 0;
        int found = ((delegate* unmanaged<int, byte*, int*, int>)Find("MPI_Error_string"))(code, text, &length);
        throw new CommunicationException($"{function} failed: {(found == 0 ? Encoding.UTF8.GetString(text, length) : $"error {code}")}.");
    }
}
