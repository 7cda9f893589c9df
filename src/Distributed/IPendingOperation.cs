namespace Dlrm.Distributed;

/// <summary>A collective that was started and goes on while its worker computes.</summary>
public interface IPendingOperation
{
    /// <summary>Helps the operation on and says whether it has ended; a library without threads of its own moves data only meanwhile.</summary>
    /// <returns>Whether its values may be read.</returns>
    /// <exception cref="CommunicationException">It failed.</exception>
    bool Test();

    /// <summary>Returns when the operation has ended.</summary>
    /// <exception cref="CommunicationException">It failed.</exception>
    void Wait();
}
