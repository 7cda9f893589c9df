namespace Dlrm.Weights.Tests.Support;

/// <summary>A file made to do harm, and what must come of it.</summary>
/// <param name="Name">What it tries.</param>
/// <param name="Make">Makes it.</param>
/// <param name="Refusal">In the message of its refusal; null when it opens.</param>
/// <param name="Opaque">A name that the listing must have when it opens.</param>
/// <param name="Tensors">The tensors that it has when it opens.</param>
internal sealed record HostileFile(string Name, Func<byte[]> Make, string? Refusal, string? Opaque = null, int Tensors = 0);
