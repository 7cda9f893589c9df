namespace Dlrm.Weights.Pickling;

/// <summary>The stack and the marks of the pickle machine.</summary>
/// <param name="input">For errors and charges.</param>
internal sealed class PickleStack(PickleInput input)
{
    private const int SlotBytes = 16;

    private readonly List<object?> _values = [];
    private readonly List<int> _marks = [];

    /// <summary>Gets the number of values.</summary>
    internal int Count => _values.Count;

    private int Floor => _marks.Count == 0 ? 0 : _marks[^1];

    /// <summary>Pushes a value.</summary>
    /// <param name="value">The value.</param>
    internal void Push(object? value)
    {
        if (_values.Count == _values.Capacity)
        {
            input.Budget.Charge((long)SlotBytes * Math.Max(4, _values.Capacity));
        }

        _values.Add(value);
    }

    /// <summary>Takes the last value.</summary>
    /// <returns>The value.</returns>
    internal object? Pop()
    {
        object? value = Peek();
        _values.RemoveAt(_values.Count - 1);
        return value;
    }

    /// <summary>Takes the last value, which must be of a kind.</summary>
    /// <typeparam name="T">The kind.</typeparam>
    /// <returns>The value.</returns>
    internal T Pop<T>()
        where T : class => Pop() as T ?? throw input.Refuse("a value is of another kind than its use needs");

    /// <summary>Gets the last value.</summary>
    /// <returns>The value.</returns>
    internal object? Peek() => _values.Count > Floor ? _values[^1] : throw input.Refuse("a value is taken from an empty stack");

    /// <summary>Marks the place.</summary>
    internal void Mark()
    {
        input.Budget.Charge(SlotBytes);
        _marks.Add(_values.Count);
    }

    /// <summary>Takes the values after the last mark, and the mark.</summary>
    /// <returns>The values, in the order of their pushing.</returns>
    internal object?[] PopToMark()
    {
        if (_marks.Count == 0)
        {
            throw input.Refuse("a mark is used that was not set");
        }

        int start = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        input.Budget.Charge(32 + (8L * (_values.Count - start)));
        object?[] values = [.. _values[start..]];
        _values.RemoveRange(start, _values.Count - start);
        return values;
    }

    /// <summary>Takes the last values.</summary>
    /// <param name="count">How many.</param>
    /// <returns>The values, in the order of their pushing.</returns>
    internal object?[] PopLast(int count)
    {
        object?[] values = new object?[count];
        input.Budget.Charge(32 + (8L * count));
        for (int i = count - 1; i >= 0; i--)
        {
            values[i] = Pop();
        }

        return values;
    }

    /// <summary>Removes the last value, or the last mark when there is none after it.</summary>
    internal void Drop()
    {
        if (_marks.Count > 0 && _marks[^1] == _values.Count)
        {
            _marks.RemoveAt(_marks.Count - 1);
        }
        else
        {
            Pop();
        }
    }
}
