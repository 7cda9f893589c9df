namespace Dlrm.Data;

/// <summary>A run of rows of one file.</summary>
/// <param name="Path">The file.</param>
/// <param name="First">The first row within the file.</param>
/// <param name="Rows">The number of rows.</param>
/// <param name="FileRows">The rows of the whole file, as the schema counts them.</param>
internal sealed record ShardPiece(string Path, long First, long Rows, long FileRows)
{
    /// <summary>Gets a value indicating whether the piece is the whole file.</summary>
    internal bool IsWhole => First == 0 && Rows == FileRows;
}
