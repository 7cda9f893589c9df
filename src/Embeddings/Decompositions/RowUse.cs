namespace Dlrm.Embeddings;

/// <summary>Receives one row of a table.</summary>
/// <param name="id">Its number.</param>
/// <param name="row">Its entries; used until the call returns.</param>
internal delegate void RowUse(long id, ReadOnlySpan<double> row);
