namespace Dlrm.Numerics.Cpu;

/// <summary>The nodes of one level of a part that are still to be walked by digit, and where their numbers are: copies of fields, for registers.</summary>
internal unsafe struct TtmPartRun
{
    private readonly int* _sorted;
    private readonly int* _digits;
    private readonly int* _parents;
    private readonly int* _childStart;
    private readonly NodeBlocks _interfaces;
    private readonly NodeBlocks _gradients;
    private readonly NodeBlocks _parentGradients;
    private readonly NodeBlocks _childGradients;
    private readonly int _end;
    private int _position;

    /// <summary>Initializes a new instance of the <see cref="TtmPartRun"/> struct.</summary>
    /// <param name="level">The level, sorted by digit.</param>
    /// <param name="parents">The level before.</param>
    /// <param name="firstDigit">The first digit of the run.</param>
    /// <param name="endDigit">The digit after its last.</param>
    internal TtmPartRun(TtmLevel level, TtmLevel parents, int firstDigit, int endDigit)
    {
        _sorted = level.Sorted;
        _digits = level.Digit;
        _parents = level.Parent;
        _childStart = parents.ChildStart;
        _interfaces = parents.Interfaces();
        _gradients = new(level.OutputGradient, level.OutputGradientStride);
        _parentGradients = new(parents.OutputGradient, parents.OutputGradientStride);
        _childGradients = new(level.ChildGradients, (long)level.Height * level.Inner);
        _position = level.LowerBound(firstDigit);
        _end = level.LowerBound(endDigit);
    }

    /// <summary>Gets the digit of the next node; <see cref="int.MaxValue"/> when there is none.</summary>
    internal readonly int Digit => _position < _end ? _digits[_sorted[_position]] : int.MaxValue;

    /// <summary>Takes the next nodes of a digit.</summary>
    /// <param name="digit">The digit.</param>
    /// <param name="most">The most nodes.</param>
    /// <param name="parentInterfaces">Receive the interfaces of their parents.</param>
    /// <param name="gradients">Receive the gradients of their own interfaces.</param>
    /// <param name="parentGradients">Receive where they write what they give to their parents: straight there when a node is the only child.</param>
    /// <returns>How many were taken; fewer than <paramref name="most"/> when there are no more.</returns>
    internal int Take(int digit, int most, float** parentInterfaces, float** gradients, float** parentGradients)
    {
        int* sorted = _sorted;
        int* digits = _digits;
        int* parents = _parents;
        int* childStart = _childStart;
        int first = _position;
        int end = Math.Min(_end, first + most);
        int position = first;
        for (; position < end; position++)
        {
            int node = sorted[position];
            if (digits[node] != digit)
            {
                break;
            }

            int parent = parents[node];
            bool isOnlyChild = childStart[parent + 1] - childStart[parent] == 1;
            parentInterfaces[position - first] = _interfaces.Of(parent);
            gradients[position - first] = _gradients.Of(node);
            parentGradients[position - first] = isOnlyChild ? _parentGradients.Of(parent) : _childGradients.Of(node);
        }

        _position = position;
        return position - first;
    }
}
