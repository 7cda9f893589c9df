namespace Dlrm.Data;

/// <summary>A place in the seeded order of a batch source. The order of an epoch is a function of (seed, epoch), so epoch and row suffice.</summary>
/// <param name="Epoch">The epoch, from 0.</param>
/// <param name="Row">The rows of this epoch already given to this worker.</param>
public readonly record struct DataCursor(int Epoch, long Row)
{
    /// <summary>Gets the beginning of an epoch.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <returns>The cursor.</returns>
    public static DataCursor Start(int epoch) => new(epoch, 0);
}
