namespace Dlrm.Data;

/// <summary>How the values of sparse features became ids; part of a dataset's identity.</summary>
public sealed record IdEncoding
{
    /// <summary>Gets the way.</summary>
    public IdEncodingKind Kind { get; init; } = IdEncodingKind.Given;

    /// <summary>Gets the least number of training rows that a value of the vocabulary has; only for <see cref="IdEncodingKind.Vocabulary"/>.</summary>
    public long MinFrequency { get; init; }

    /// <summary>Gets the seed; only for <see cref="IdEncodingKind.Hash"/>.</summary>
    public ulong Seed { get; init; }

    /// <summary>Gets the SHA-256 of the vocabulary's values in order of their ids; only for <see cref="IdEncodingKind.Vocabulary"/>.</summary>
    public string? VocabularySha256 { get; init; }
}
