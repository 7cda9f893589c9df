namespace Dlrm.CommandLine.Bench.Peers;

/// <summary>A peer that is not installed here.</summary>
/// <param name="Name">"PyTorch".</param>
/// <param name="Reason">What was looked for.</param>
/// <param name="Remedy">The command that installs it.</param>
internal sealed record MissingPeer(string Name, string Reason, string Remedy);
