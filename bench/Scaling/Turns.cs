using System.Diagnostics;
using Dlrm.CommandLine.Bench;

namespace Dlrm.Bench.Scaling;

/// <summary>Times one operation in turns of many calls.</summary>
/// <param name="operation">The operation; it gets the number of the call.</param>
internal sealed class Turns(Action<long> operation)
{
    private const double TurnMilliseconds = 30;
    private readonly List<double> _nanoseconds = [];
    private long _next;
    private int _calls = 1;

    /// <summary>Gets the median over turns of the nanoseconds of a call.</summary>
    internal double Median => Statistics.Median(_nanoseconds);

    /// <summary>Runs a turn and forgets its time; chooses how many calls a turn has.</summary>
    internal void WarmUp()
    {
        Run();
        _calls = (int)Math.Clamp(TurnMilliseconds * 1e6 / Math.Max(_nanoseconds[^1], 1), 1, 1e6);
        _nanoseconds.Clear();
    }

    /// <summary>Runs a turn.</summary>
    internal void Run()
    {
        long start = Stopwatch.GetTimestamp();
        for (int call = 0; call < _calls; call++)
        {
            operation(_next++);
        }

        _nanoseconds.Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds / _calls);
    }
}
