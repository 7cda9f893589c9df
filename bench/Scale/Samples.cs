using System.Diagnostics;

namespace Dlrm.Bench.Scale;

/// <summary>Times of one operation, in microseconds.</summary>
internal sealed class Samples
{
    private readonly List<double> _times = [];

    /// <summary>Gets the middle time.</summary>
    internal double Median => _times.Order().ElementAt(_times.Count / 2);

    /// <summary>Gets the shortest time: what the operation needs when nothing else runs.</summary>
    internal double Least => _times.Min();

    /// <summary>Gets the number of times.</summary>
    internal int Count => _times.Count;

    /// <summary>Forgets all times.</summary>
    internal void Clear() => _times.Clear();

    /// <summary>Runs the operation once.</summary>
    /// <param name="operation">The operation.</param>
    internal void Time(Action operation)
    {
        long start = Stopwatch.GetTimestamp();
        operation();
        _times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
    }
}
