using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Checkpoints;

/// <summary>Reads two files as if they were one; the first is asked first, and the second says what neither has.</summary>
/// <param name="first">The file asked first.</param>
/// <param name="second">The file asked second.</param>
internal sealed class JoinedReader(IStateReader first, IStateReader second) : IStateReader
{
    /// <inheritdoc/>
    public bool Contains(string name) => first.Contains(name) || second.Contains(name);

    /// <inheritdoc/>
    public long[] Shape(string name) => Of(name).Shape(name);

    /// <inheritdoc/>
    public void Read(string name, DeviceBuffer<float> destination) => Of(name).Read(name, destination);

    /// <inheritdoc/>
    public void Read(string name, ShardedRows destination) => Of(name).Read(name, destination);

    /// <inheritdoc/>
    public double[] ReadDoubles(string name) => Of(name).ReadDoubles(name);

    /// <inheritdoc/>
    public long[] ReadIntegers(string name) => Of(name).ReadIntegers(name);

    private IStateReader Of(string name) => first.Contains(name) ? first : second;
}
