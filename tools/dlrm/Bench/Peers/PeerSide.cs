using System.Text.Json.Nodes;

namespace Dlrm.CommandLine.Bench.Peers;

/// <summary>A work that a peer does.</summary>
/// <param name="peer">Who.</param>
/// <param name="work">The work's name in the protocol.</param>
/// <param name="name">A name of its own among the works that are open.</param>
/// <param name="threads">The threads.</param>
/// <param name="settings">What the work needs.</param>
/// <param name="isChecked">Whether another side computes the same.</param>
internal sealed class PeerSide(PeerProcess peer, string work, string name, int threads, JsonObject settings, bool isChecked = true) : ISide
{
    /// <inheritdoc/>
    public double? Check { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyList<double> Measure(double seconds)
    {
        JsonObject answer = peer.Ask(Request(seconds));
        if (threads > 1)
        {
            peer.WaitUntilIdle();
        }

        Check ??= isChecked ? (double?)answer["check"] : null;
        return [.. answer["milliseconds"]!.AsArray().Select(time => (double)time!)];
    }

    /// <inheritdoc/>
    public void Dispose() => peer.Ask(new JsonObject { ["work"] = "close", ["name"] = name });

    private JsonObject Request(double seconds)
    {
        JsonObject request = settings.DeepClone().AsObject();
        request["work"] = work;
        request["name"] = name;
        request["threads"] = threads;
        request["seconds"] = seconds;
        return request;
    }
}
