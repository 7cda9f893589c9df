namespace Dlrm.Weights.Pickling;

/// <summary>A tensor that a pickle describes; not yet checked against its storage.</summary>
/// <param name="storage">The storage.</param>
/// <param name="type">How its elements are written.</param>
/// <param name="offset">The first element's number in the storage.</param>
/// <param name="shape">The sizes.</param>
/// <param name="strides">The steps.</param>
internal sealed class PickleTensor(PickleStorage storage, ElementType type, long offset, long[] shape, long[] strides)
{
    /// <summary>Gets the storage.</summary>
    internal PickleStorage Storage => storage;

    /// <summary>Gets how its elements are written.</summary>
    internal ElementType Type => type;

    /// <summary>Gets the first element's number in the storage.</summary>
    internal long Offset => offset;

    /// <summary>Gets the sizes.</summary>
    internal long[] Shape => shape;

    /// <summary>Gets the steps.</summary>
    internal long[] Strides => strides;

    /// <summary>Makes another object of the same tensor, as a parameter is to its data.</summary>
    /// <returns>The object.</returns>
    internal PickleTensor Copy() => new(storage, type, offset, shape, strides);
}
