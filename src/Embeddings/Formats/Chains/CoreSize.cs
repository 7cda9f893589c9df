namespace Dlrm.Embeddings;

/// <summary>The sizes of one core in slab storage (I, R, J, R′).</summary>
/// <param name="Rows">I.</param>
/// <param name="Left">R.</param>
/// <param name="Columns">J.</param>
/// <param name="Right">R′.</param>
internal readonly record struct CoreSize(int Rows, int Left, int Columns, int Right);
