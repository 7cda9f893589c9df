namespace Dlrm.Numerics.Cpu;

/// <summary>Work cut into fixed pieces that do not depend on one another.</summary>
internal interface IPieceJob
{
    /// <summary>Does one piece; any thread may call it, each piece once.</summary>
    /// <param name="piece">The piece, from 0.</param>
    void Run(int piece);
}
