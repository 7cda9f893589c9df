namespace Dlrm.Checkpoints;

/// <summary>Which numbers of a tensor share a scale.</summary>
/// <remarks>
/// <code>
/// matrix   (product of the first ⌈n/2⌉ sizes of the shape) × (product of the others): rows of a table, I·R[k] × J·R[k+1] of a TT core
/// groups   its rows when a row has 8 numbers at least, else its columns
/// </code>
/// <para>Rows differ in size (frequent ids grow larger), so each has its scale; where a row has few numbers, scales would take as much room as they do.</para>
/// </remarks>
internal readonly struct TensorGroups
{
    private const int ShortestRow = 8;

    private readonly long _columns;
    private readonly bool _isByRow;

    /// <summary>Initializes a new instance of the <see cref="TensorGroups"/> struct.</summary>
    /// <param name="shape">The tensor's shape.</param>
    /// <exception cref="OverflowException">A size is negative, or the tensor has more than 2^63 numbers.</exception>
    internal TensorGroups(ReadOnlySpan<long> shape)
    {
        long rows = 1;
        _columns = 1;
        for (int axis = 0; axis < shape.Length; axis++)
        {
            ref long side = ref axis < (shape.Length + 1) / 2 ? ref rows : ref _columns;
            side = checked(side * (long)(ulong)shape[axis]);
        }

        Elements = checked(rows * _columns);
        _isByRow = _columns >= ShortestRow;
        Count = Elements == 0 ? 0 : _isByRow ? rows : _columns;
    }

    /// <summary>Gets the numbers of the tensor.</summary>
    internal long Elements { get; }

    /// <summary>Gets the groups.</summary>
    internal long Count { get; }

    /// <summary>Gets the numbers of one group.</summary>
    internal long Length => Count == 0 ? 0 : Elements / Count;

    /// <summary>Gets a value indicating whether a group is a row of the matrix, not a column.</summary>
    internal bool IsByRow => _isByRow;

    /// <summary>Gets the place of a number.</summary>
    /// <param name="group">The group.</param>
    /// <param name="position">The position in it.</param>
    /// <returns>The row-major place in the tensor.</returns>
    internal int Place(int group, int position) => (int)(_isByRow ? (group * _columns) + position : (position * _columns) + group);
}
