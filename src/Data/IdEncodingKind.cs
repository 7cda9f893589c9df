namespace Dlrm.Data;

/// <summary>How values became ids.</summary>
public enum IdEncodingKind
{
    /// <summary>The values were ids already, or were made as ids.</summary>
    Given,

    /// <summary>By a vocabulary in order of frequency: id 0 is every rare or unknown value, id 1 a missing one, then the values.</summary>
    Vocabulary,

    /// <summary>By a hash: id 0 is a missing value, a value v has id <c>1 + XXH64(v, seed) mod (rows − 1)</c>.</summary>
    Hash,
}
