namespace Dlrm.CommandLine.Experiments;

/// <summary>What the weights of a compressed classifier are rebuilt from.</summary>
internal enum AdtnWeightKind
{
    /// <summary>An ADTN of M layers.</summary>
    Adtn,

    /// <summary>A tensor train whose modes are all 2.</summary>
    Qtt,

    /// <summary>A product of two matrices.</summary>
    LowRank,

    /// <summary>Normal numbers that are never trained: a seed is all that is stored.</summary>
    Random,

    /// <summary>The dense weights, trained as long as the others.</summary>
    Dense,
}
