namespace Dlrm.Weights;

/// <summary>Counts what opening one file has cost so far, against its limits.</summary>
/// <param name="path">The file.</param>
/// <param name="limits">The limits.</param>
internal sealed class ReadBudget(string path, WeightFileLimits limits)
{
    private long _memory;
    private long _opcodes;
    private long _temporary;

    /// <summary>Gets the limits.</summary>
    internal WeightFileLimits Limits => limits;

    /// <summary>Counts bytes of memory about to be allocated.</summary>
    /// <param name="bytes">How many; not negative.</param>
    /// <exception cref="WeightFormatException">They are too many.</exception>
    internal void Charge(long bytes)
    {
        if (bytes > limits.MemoryBytes - _memory)
        {
            throw new WeightFormatException(
                path, $"Its listing needs more than {limits.MemoryBytes} bytes of memory.",
                "Save the tensors alone (their state_dict, not the model or its vocabulary), or raise WeightFileLimits.MemoryBytes.");
        }

        _memory += bytes;
    }

    /// <summary>Counts bytes of memory about to be allocated, if there is room for them.</summary>
    /// <param name="bytes">How many; not negative.</param>
    /// <returns>Whether there is.</returns>
    internal bool TryCharge(long bytes)
    {
        bool isRoom = bytes <= limits.MemoryBytes - Interlocked.Read(ref _memory);
        if (isRoom)
        {
            Interlocked.Add(ref _memory, bytes);
        }

        return isRoom;
    }

    /// <summary>Counts one step of the pickle machine.</summary>
    /// <exception cref="WeightFormatException">There were too many.</exception>
    internal void Step()
    {
        if (++_opcodes > limits.Opcodes)
        {
            throw new WeightFormatException(
                path, $"Its pickle has more than {limits.Opcodes} operations.",
                "Save the tensors alone (their state_dict, not the model or its vocabulary), or raise WeightFileLimits.Opcodes.");
        }
    }

    /// <summary>Counts bytes about to be written to a temporary file.</summary>
    /// <param name="bytes">How many; not negative.</param>
    /// <exception cref="WeightFormatException">They are too many.</exception>
    internal void ChargeTemporary(long bytes)
    {
        if (bytes > limits.TemporaryBytes - Interlocked.Read(ref _temporary))
        {
            throw new WeightFormatException(
                path, $"Its compressed or textual tensors would take more than {limits.TemporaryBytes} bytes of temporary files.",
                "Write them uncompressed (torch.save, numpy.savez or safetensors do), or raise WeightFileLimits.TemporaryBytes.");
        }

        Interlocked.Add(ref _temporary, bytes);
    }
}
