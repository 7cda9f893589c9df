namespace Dlrm.Numerics;

/// <summary>Scratch memory of one device for the rows of one TT-matrix table.</summary>
public interface ITtmWorkspace : IDisposable
{
    /// <summary>Gets the bytes held.</summary>
    long Bytes { get; }
}
