namespace Dlrm.Data;

/// <summary>Says how rows are shared out among training, validation and test.</summary>
public enum SplitKind
{
    /// <summary>By order: the first rows train, the last ones test; right when the rows stand in order of time.</summary>
    Order,

    /// <summary>By the hash of the row's number: <c>XXH64(number, seed) / 2^64</c> below the share of training rows trains, and so on.</summary>
    RowHash,

    /// <summary>As given: inputs of their own for validation and test.</summary>
    Given,
}
