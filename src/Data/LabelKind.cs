namespace Dlrm.Data;

/// <summary>How labels are stored.</summary>
public enum LabelKind
{
    /// <summary>0 or 1, one byte.</summary>
    Binary,

    /// <summary>A float in [0, 1].</summary>
    Probability,
}
