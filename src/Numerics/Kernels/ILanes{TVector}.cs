namespace Dlrm.Numerics.Kernels;

/// <summary>The few vector operations that the matrix tiles need, so that one kernel source serves every vector width.</summary>
/// <remarks>Implementations are empty structs: the compiler makes one kernel for each, with every call inlined.</remarks>
/// <typeparam name="TVector">The vector of floats.</typeparam>
internal unsafe interface ILanes<TVector>
    where TVector : struct
{
    /// <summary>Gets the number of floats in a vector.</summary>
    static abstract int Count { get; }

    /// <summary>Gets the rows of a full tile: with two vectors a row, what the registers hold beside the operands.</summary>
    static abstract int TileRows { get; }

    /// <summary>Gets the vector of zeros.</summary>
    static abstract TVector Zero { get; }

    /// <summary>Reads a vector.</summary>
    /// <param name="source">Its first element; any alignment.</param>
    /// <returns>The vector.</returns>
    static abstract TVector Load(float* source);

    /// <summary>Writes a vector.</summary>
    /// <param name="vector">The vector.</param>
    /// <param name="destination">Its first element; any alignment.</param>
    static abstract void Store(TVector vector, float* destination);

    /// <summary>Copies one value to all lanes.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The vector.</returns>
    static abstract TVector Broadcast(float value);

    /// <summary>Computes a·b + c, fused where the processor can.</summary>
    /// <param name="a">A factor.</param>
    /// <param name="b">A factor.</param>
    /// <param name="c">The addend.</param>
    /// <returns>The result.</returns>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    /// <summary>Adds.</summary>
    /// <param name="a">A term.</param>
    /// <param name="b">A term.</param>
    /// <returns>The sum.</returns>
    static abstract TVector Add(TVector a, TVector b);

    /// <summary>Computes max(v, 0), keeping NaN.</summary>
    /// <param name="vector">v.</param>
    /// <returns>The result.</returns>
    static abstract TVector Relu(TVector vector);
}
