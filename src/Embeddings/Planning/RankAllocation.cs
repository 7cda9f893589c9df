namespace Dlrm.Embeddings;

/// <summary>The starting ranks of all tables of a model under a budget.</summary>
/// <param name="Tables">How each table is stored, in the order given.</param>
/// <param name="RankCap">The rank that every bond has at least, where the table can use it; 0 when not even rank 1 fits.</param>
/// <param name="Bytes">The bytes of all tables.</param>
public sealed record RankAllocation(IReadOnlyList<FormatChoice> Tables, int RankCap, long Bytes);
