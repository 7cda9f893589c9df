namespace Dlrm.Numerics;

/// <summary>How the rows of a bag become one vector. There is no default: the caller says which.</summary>
public enum PoolingType
{
    /// <summary>Σ weight·row.</summary>
    Sum,

    /// <summary>Σ weight·row / bag length (the number of indices, not the sum of weights); zeros for an empty bag.</summary>
    Mean,
}
