namespace Dlrm.Numerics;

/// <summary>Scratch memory of one device for the rows of one Tucker table.</summary>
public interface ITuckerWorkspace : IDisposable
{
    /// <summary>Gets the bytes held.</summary>
    long Bytes { get; }
}
