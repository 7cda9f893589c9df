namespace Dlrm.Weights.Mapping;

/// <summary>In which order the dot products of feature vectors stand behind vector 0.</summary>
public enum InteractionOrder
{
    /// <summary>(1,0), (2,0), (2,1), (3,0) …: the lower triangle row by row, as facebookresearch/dlrm and this library have it.</summary>
    LowerTriangle,

    /// <summary>(0,1), (0,2), … (0,F−1), (1,2) …: the upper triangle row by row, as torchrec has it.</summary>
    UpperTriangle,
}
