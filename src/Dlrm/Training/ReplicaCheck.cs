using System.Runtime.InteropServices;
using Dlrm.Distributed;
using Dlrm.Embeddings;

namespace Dlrm.Training;

/// <summary>Checks that every worker has the same model: values, posterior and optimiser state.</summary>
/// <param name="communicator">The workers.</param>
/// <param name="model">This worker's copy.</param>
internal sealed class ReplicaCheck(ICommunicator communicator, DlrmModel model)
{
    private readonly StateHashes _state = new();

    /// <summary>Compares.</summary>
    /// <param name="step">The step just taken, for the message.</param>
    /// <exception cref="CommunicationException">A tensor differs; on every worker, with its name and the first worker that has another one than worker 0.</exception>
    internal void Require(long step)
    {
        _state.Clear();
        model.Save(_state, StateParts.All);
        int[] counts = new int[communicator.WorldSize];
        int[] lengths = new int[communicator.WorldSize];
        Array.Fill(lengths, sizeof(int));
        Span<int> own = [_state.Hashes.Length];
        communicator.AllGather(MemoryMarshal.AsBytes(own), MemoryMarshal.AsBytes(counts.AsSpan()), lengths);
        for (int w = 0; w < lengths.Length; w++)
        {
            lengths[w] = counts[w] * sizeof(uint);
        }

        uint[] all = new uint[counts.Sum()];
        communicator.AllGather(MemoryMarshal.AsBytes(_state.Hashes), MemoryMarshal.AsBytes(all.AsSpan()), lengths);
        ReadOnlySpan<uint> first = all.AsSpan(0, counts[0]);
        for (int w = 1, at = counts[0]; w < counts.Length; at += counts[w], w++)
        {
            int same = first.CommonPrefixLength(all.AsSpan(at, counts[w]));
            if (same < counts[0] || same < counts[w])
            {
                string name = same < _state.Names.Count ? _state.Names[same] : _state.Names[^1];
                throw new CommunicationException(
                    $"After step {step} worker {w} has another '{name}' than worker 0: they compute differently (other processors or libraries), or memory is damaged. Resume from the last checkpoint on equal machines.");
            }
        }
    }
}
