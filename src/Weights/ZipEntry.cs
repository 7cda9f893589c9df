namespace Dlrm.Weights;

/// <summary>One entry of a zip file's directory.</summary>
/// <param name="Name">Its name; never a path on this machine.</param>
/// <param name="IsDeflated">Whether it is compressed by deflate; else it is stored as it is.</param>
/// <param name="StoredBytes">Its bytes in the file.</param>
/// <param name="Bytes">Its bytes when unpacked, as declared.</param>
/// <param name="HeaderPlace">Where its own header is.</param>
internal sealed record ZipEntry(string Name, bool IsDeflated, long StoredBytes, long Bytes, long HeaderPlace);
