namespace Dlrm.Embeddings;

/// <summary>The starting ranks of all tables of a model under a budget.</summary>
/// <param name="Tables">How each table is stored, in the order given.</param>
/// <param name="RankCap">The rank that every bond has, where the table can use it and is not larger than dense.</param>
/// <param name="Bytes">The bytes of all tables.</param>
public sealed record RankAllocation(IReadOnlyList<FormatChoice> Tables, int RankCap, long Bytes);
