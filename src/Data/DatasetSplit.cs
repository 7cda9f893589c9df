namespace Dlrm.Data;

/// <summary>Names the parts of a dataset; the folders are the names in lower case.</summary>
public enum DatasetSplit
{
    /// <summary>The rows that a model learns from.</summary>
    Train,

    /// <summary>The rows that choices are made by.</summary>
    Valid,

    /// <summary>The rows that are looked at once.</summary>
    Test,
}
