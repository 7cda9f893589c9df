namespace Dlrm.Embeddings;

/// <summary>How the modes of a TT-matrix table are chosen when they are not given.</summary>
public enum ModeLayout
{
    /// <summary>Row and column modes as equal as possible.</summary>
    Balanced,

    /// <summary>Order 2 with row modes (I, 1) and column modes (1, J): R numbers for each row times an R × J projection.</summary>
    Projection,
}
