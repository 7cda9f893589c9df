namespace Dlrm.Data;

/// <summary>Says what happens to an id that is not a row of its table.</summary>
public enum IdPolicy
{
    /// <summary>Reading fails with the file, row and column.</summary>
    Fail,

    /// <summary>The id becomes 0.</summary>
    Zero,

    /// <summary>The id becomes <c>XXH64(its 8 bytes) mod rows</c>.</summary>
    Hash,
}
