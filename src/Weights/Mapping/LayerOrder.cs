using System.Globalization;

namespace Dlrm.Weights.Mapping;

/// <summary>Orders the names of layers as their numbers count: "mlp.2" before "mlp.10".</summary>
internal sealed class LayerOrder : IComparer<string>
{
    /// <inheritdoc/>
    public int Compare(string? left, string? right)
    {
        string[] lefts = (left ?? string.Empty).Split('.');
        string[] rights = (right ?? string.Empty).Split('.');
        for (int k = 0; k < Math.Min(lefts.Length, rights.Length); k++)
        {
            bool areNumbers = long.TryParse(lefts[k], NumberStyles.None, CultureInfo.InvariantCulture, out long leftNumber)
                & long.TryParse(rights[k], NumberStyles.None, CultureInfo.InvariantCulture, out long rightNumber);
            int order = areNumbers ? leftNumber.CompareTo(rightNumber) : string.CompareOrdinal(lefts[k], rights[k]);
            if (order != 0)
            {
                return order;
            }
        }

        return lefts.Length.CompareTo(rights.Length);
    }
}
