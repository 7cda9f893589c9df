namespace Dlrm.Data.Images;

/// <summary>An array of bytes as an IDX file holds it.</summary>
/// <param name="Sizes">The sizes, the first the number of samples.</param>
/// <param name="Values">The elements, the last index running fastest.</param>
public sealed record IdxArray(IReadOnlyList<int> Sizes, byte[] Values);
