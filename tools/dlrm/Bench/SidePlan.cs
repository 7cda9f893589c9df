using Dlrm.CommandLine.Bench.Peers;

namespace Dlrm.CommandLine.Bench;

/// <summary>How one side of a comparison is made.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Open">Makes it; null when its peer is not installed.</param>
internal sealed record SidePlan(string Name, Func<PeerSet, ISide?> Open);
