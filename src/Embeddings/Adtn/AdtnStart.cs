namespace Dlrm.Embeddings;

/// <summary>How the gates of an ADTN are distributed at the start.</summary>
public enum AdtnStart
{
    /// <summary>Random rotations: the numbers of the weight are about equally large.</summary>
    Orthogonal,

    /// <summary>Normal numbers around the identity: a few numbers of the weight are much larger than the others.</summary>
    Identity,
}
