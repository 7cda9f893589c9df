using System.Runtime.InteropServices;
using System.Text;
using Dlrm.Distributed;

namespace Dlrm.CommandLine.Hosting;

/// <summary>Texts between workers.</summary>
internal static class CommunicatorTexts
{
    /// <summary>Gives every worker the text of worker 0.</summary>
    /// <param name="communicator">The workers.</param>
    /// <param name="text">Makes the text; called on worker 0 only.</param>
    /// <returns>The text.</returns>
    internal static string BroadcastText(this ICommunicator communicator, Func<string> text)
    {
        byte[] bytes = communicator.Rank == 0 ? Encoding.UTF8.GetBytes(text()) : [];
        Span<int> length = [bytes.Length];
        communicator.Broadcast(MemoryMarshal.AsBytes(length), 0);
        Array.Resize(ref bytes, length[0]);
        communicator.Broadcast(bytes, 0);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Collects a text of each worker.</summary>
    /// <param name="communicator">The workers.</param>
    /// <param name="text">That of this one.</param>
    /// <returns>Those of all, by worker.</returns>
    internal static string[] AllGatherTexts(this ICommunicator communicator, string text)
    {
        byte[] own = Encoding.UTF8.GetBytes(text);
        int[] lengths = new int[communicator.WorldSize];
        int[] sizes = new int[communicator.WorldSize];
        Array.Fill(sizes, sizeof(int));
        Span<int> length = [own.Length];
        communicator.AllGather(MemoryMarshal.AsBytes(length), MemoryMarshal.AsBytes(lengths.AsSpan()), sizes);
        byte[] all = new byte[lengths.Sum()];
        communicator.AllGather(own, all, lengths);
        int start = 0;
        return [.. lengths.Select(count => Encoding.UTF8.GetString(all, (start += count) - count, count))];
    }
}
