namespace Dlrm.Embeddings;

/// <summary>How modes are chosen when they are not given.</summary>
public enum ModeLayout
{
    /// <summary>Row and column modes as equal as possible.</summary>
    Balanced,

    /// <summary>One row mode and one column mode: R numbers for each row times an R × J projection.</summary>
    Projection,
}
