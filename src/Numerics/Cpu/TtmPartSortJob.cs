namespace Dlrm.Numerics.Cpu;

/// <summary>Sorts the nodes of every level of one part by digit, where the forward pass did not.</summary>
/// <param name="Workspace">Has the parts; a piece is a part.</param>
/// <param name="Order">The number of levels.</param>
internal readonly record struct TtmPartSortJob(CpuTtmWorkspace Workspace, int Order) : IPieceJob
{
    /// <inheritdoc/>
    public void Run(int piece)
    {
        for (int k = 1; k < Order; k++)
        {
            Workspace.Parts[piece].Levels[k].SortByDigit();
        }
    }
}
