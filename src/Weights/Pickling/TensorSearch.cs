using System.Globalization;
using System.Text;

namespace Dlrm.Weights.Pickling;

/// <summary>Searches a pickled value for tensors, and names each by the keys that lead to it.</summary>
/// <remarks>
/// A key of a dictionary adds ".key", a place in a list "[3]", a tensor as a key ".param"; the state of an object adds nothing. Every object is
/// visited once, where it is met first, so that cycles and shared parts do no harm.
/// </remarks>
internal sealed class TensorSearch
{
    private const int MostNameLength = 4096;
    private const int VisitBytes = 64;

    private readonly string _path;
    private readonly ReadBudget _budget;
    private readonly StringBuilder _name = new();
    private readonly HashSet<object> _visited = new(ReferenceEqualityComparer.Instance);
    private readonly List<(string Name, PickleTensor Tensor)> _found = [];

    private TensorSearch(string path, ReadBudget budget)
    {
        _path = path;
        _budget = budget;
    }

    /// <summary>Searches.</summary>
    /// <param name="root">The value.</param>
    /// <param name="path">The file, for errors.</param>
    /// <param name="budget">Charged.</param>
    /// <returns>Names and tensors, in the order of their meeting.</returns>
    /// <exception cref="WeightFormatException">The value is nested too deep, or a name is too long.</exception>
    internal static IReadOnlyList<(string Name, PickleTensor Tensor)> Find(object? root, string path, ReadBudget budget)
    {
        TensorSearch search = new(path, budget);
        search.Visit(root, 0);
        return search._found;
    }

    private void Visit(object? value, int depth)
    {
        if (value is not (PickleTensor or PickleObject or PickleList or PickleTuple) || !IsFirstVisit(value))
        {
            return;
        }

        if (depth > _budget.Limits.Depth)
        {
            throw new WeightFormatException(_path, $"Its objects are nested deeper than {_budget.Limits.Depth}.", "Save the tensors alone: their state_dict.");
        }

        switch (value)
        {
            case PickleTensor tensor:
                _budget.Charge(256 + (2L * _name.Length));
                _found.Add((_name.Length == 0 ? "tensor" : _name.ToString(), tensor));
                break;
            case PickleTuple tuple:
                VisitItems(tuple.Items, depth);
                break;
            case PickleList list:
                VisitItems(list.Items, depth);
                break;
            case PickleObject found:
                Visit(found.Arguments is PickleTuple { Items.Length: 0 } ? null : found.Arguments, depth + 1);
                VisitPairs(found.Pairs, depth);
                VisitItems(found.Items, depth);
                VisitState(found.State, depth);
                break;
        }
    }

    private bool IsFirstVisit(object value)
    {
        _budget.Charge(VisitBytes);
        return _visited.Add(value);
    }

    private void VisitItems(IReadOnlyList<object?>? items, int depth)
    {
        for (int i = 0; i < items?.Count; i++)
        {
            int length = _name.Length;
            _name.Append(CultureInfo.InvariantCulture, $"[{i}]");
            Visit(items[i], depth + 1);
            _name.Length = length;
        }
    }

    private void VisitPairs(List<KeyValuePair<object?, object?>>? pairs, int depth)
    {
        foreach (KeyValuePair<object?, object?> pair in Last(pairs))
        {
            if (pair.Value is PickleTensor or PickleObject or PickleList or PickleTuple)
            {
                int length = _name.Length;
                AppendKey(pair.Key);
                Visit(pair.Value, depth + 1);
                _name.Length = length;
            }
        }
    }

    /// <summary>Objects with slots have two dictionaries as their state; their names are on one level.</summary>
    private void VisitState(object? state, int depth)
    {
        if (state is PickleTuple { Items: [null or PickleObject, PickleObject slots] pair })
        {
            Visit(pair[0], depth + 1);
            Visit(slots, depth + 1);
        }
        else
        {
            Visit(state, depth + 1);
        }
    }

    /// <summary>Where a key of text was set twice, the last value counts, as in Python; at the place of the first.</summary>
    private List<KeyValuePair<object?, object?>> Last(List<KeyValuePair<object?, object?>>? pairs)
    {
        if (pairs is null)
        {
            return [];
        }

        _budget.Charge(48L * pairs.Count);
        Dictionary<string, int> places = new(StringComparer.Ordinal);
        List<KeyValuePair<object?, object?>> last = new(pairs.Count);
        foreach (KeyValuePair<object?, object?> pair in pairs)
        {
            if (pair.Key is string key && !places.TryAdd(key, last.Count))
            {
                last[places[key]] = pair;
            }
            else
            {
                last.Add(pair);
            }
        }

        return last;
    }

    private void AppendKey(object? key)
    {
        string text = key switch
        {
            string name => name,
            PickleTensor => "param",
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            bool truth => truth ? "True" : "False",
            null => "None",
            _ => "key",
        };
        if (text.Length > MostNameLength - _name.Length)
        {
            throw new WeightFormatException(_path, $"A tensor's name would be longer than {MostNameLength} characters.", "Save the tensors under shorter names.");
        }

        _ = _name.Length == 0 ? _name.Append(text) : _name.Append('.').Append(text);
    }
}
