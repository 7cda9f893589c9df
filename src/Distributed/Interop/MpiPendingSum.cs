using System.Buffers;

namespace Dlrm.Distributed.Interop;

/// <summary>A sum over all processes that was started; its memory stays where it is until the sum has ended.</summary>
internal sealed unsafe class MpiPendingSum : IPendingOperation
{
    private readonly MpiLibrary _library;
    private MemoryHandle _pin;
    private nint _request;
    private bool _hasEnded;

    /// <summary>Initializes a new instance of the <see cref="MpiPendingSum"/> class and starts it.</summary>
    /// <param name="library">The library.</param>
    /// <param name="values">The values, summed in place.</param>
    internal MpiPendingSum(MpiLibrary library, Memory<float> values)
    {
        _library = library;
        _pin = values.Pin();
        _request = library.StartAllReduceSum((float*)_pin.Pointer, values.Length);
    }

    /// <inheritdoc/>
    public bool Test()
    {
        if (!_hasEnded && _library.Test(ref _request))
        {
            End();
        }

        return _hasEnded;
    }

    /// <inheritdoc/>
    public void Wait()
    {
        if (!_hasEnded)
        {
            _library.Wait(ref _request);
            End();
        }
    }

    private void End()
    {
        _hasEnded = true;
        _pin.Dispose();
    }
}
