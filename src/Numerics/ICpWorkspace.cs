namespace Dlrm.Numerics;

/// <summary>Scratch memory of one device for the rows of one CP table.</summary>
public interface ICpWorkspace : IDisposable
{
    /// <summary>Gets the bytes held.</summary>
    long Bytes { get; }
}
