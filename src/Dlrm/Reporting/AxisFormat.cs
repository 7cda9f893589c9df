namespace Dlrm.Reporting;

/// <summary>How the numbers of an axis are written.</summary>
public enum AxisFormat
{
    /// <summary>A number, with k, M and G from ten thousand on.</summary>
    Number,

    /// <summary>A whole number; only whole ticks.</summary>
    Integer,

    /// <summary>Bytes, in powers of 1,000.</summary>
    Bytes,
}
