using Dlrm.Distributed;
using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Training;

/// <summary>Sums the gradients of all workers while the backward pass goes on.</summary>
/// <remarks>
/// <code>
/// backward pass completes a parameter  →  its gradient is copied into the bucket; a full bucket's sum is started
/// after the last parameter             →  rows of tables are exchanged; each bucket is waited for and copied back
/// </code>
/// <para>The order of parameters is that of the backward pass and the same on every worker, also on one without samples, whose gradients are zeros.
/// A library that moves data only when it is called is called at each parameter.</para>
/// </remarks>
internal sealed class GradientExchange
{
    private readonly ICommunicator _communicator;
    private readonly DlrmModel _model;
    private readonly TimeProvider _clock;
    private readonly TouchedRowsExchange _tables;
    private readonly int _bucketLength;
    private readonly List<Bucket> _buckets = [];
    private readonly List<DeviceBuffer<float>> _gradients = [];
    private readonly Action<Parameter> _pack;
    private int _started;
    private int _ended;
    private long _sentBefore;

    /// <summary>Initializes a new instance of the <see cref="GradientExchange"/> class.</summary>
    /// <param name="communicator">The workers.</param>
    /// <param name="model">The model.</param>
    /// <param name="bucketBytes">The bytes of a bucket.</param>
    /// <param name="clock">Measures <see cref="Time"/>.</param>
    internal GradientExchange(ICommunicator communicator, DlrmModel model, int bucketBytes, TimeProvider clock)
    {
        _communicator = communicator;
        _model = model;
        _clock = clock;
        _bucketLength = bucketBytes / sizeof(float);
        _tables = new TouchedRowsExchange(communicator, model.BackwardOrder);
        _pack = Pack;
    }

    /// <summary>Gets the time spent on copying, starting and waiting: what the workers' talk adds to a step.</summary>
    internal TimeSpan Time { get; private set; }

    /// <summary>Gets the number of exchanges.</summary>
    internal long Steps { get; private set; }

    /// <summary>Gets the bytes that this worker has given to the others in steps: put into sums and collections, and sent of spread tables.</summary>
    internal long Bytes { get; private set; }

    private long Sent => _model.Shards?.Exchange.SentBytes ?? 0;

    /// <summary>Notes that a step begins; the forward pass, in which rows of spread tables are fetched, follows.</summary>
    internal void Begin() => _sentBefore = Sent;

    /// <summary>Computes this worker's gradients and replaces them by their sums over all workers.</summary>
    /// <param name="hasSamples">Whether this worker has samples in this step; forward pass and loss came before.</param>
    internal void Backward(bool hasSamples)
    {
        long start = _clock.GetTimestamp();
        _started = 0;
        _ended = 0;
        _tables.Count(hasSamples);
        Time += _clock.GetElapsedTime(start);
        if (hasSamples)
        {
            _model.Backward(_pack);
        }
        else
        {
            _model.ServeBackward(_pack);
        }

        start = _clock.GetTimestamp();
        if (_started < _buckets.Count && _buckets[_started].Count > 0)
        {
            Start();
        }

        Bytes += _tables.Exchange();
        for (; _ended < _started; _ended++)
        {
            _buckets[_ended].End();
        }

        _tables.TakeDense();
        Bytes += Sent - _sentBefore;
        Steps++;
        Time += _clock.GetElapsedTime(start);
    }

    private void Pack(Parameter parameter)
    {
        long start = _clock.GetTimestamp();
        if (parameter is TableParameter table)
        {
            if (_tables.PackDense(table) is float[] rows)
            {
                for (int from = 0; from < rows.Length;)
                {
                    from += Open(out Bucket bucket).Add(rows, from, _bucketLength);
                    StartIfFull(bucket);
                }
            }
        }
        else
        {
            _gradients.Clear();
            parameter.CollectGradients(_gradients);
            foreach (DeviceBuffer<float> gradient in _gradients)
            {
                for (long from = 0; from < gradient.Length;)
                {
                    from += Open(out Bucket bucket).Add(gradient, from, _bucketLength);
                    StartIfFull(bucket);
                }
            }
        }

        while (_ended < _started && _buckets[_ended].TryEnd())
        {
            _ended++;
        }

        Time += _clock.GetElapsedTime(start);
    }

    private Bucket Open(out Bucket bucket)
    {
        if (_buckets.Count == _started)
        {
            _buckets.Add(new Bucket(_bucketLength));
        }

        return bucket = _buckets[_started];
    }

    private void StartIfFull(Bucket bucket)
    {
        if (bucket.Count == _bucketLength)
        {
            Start();
        }
    }

    private void Start()
    {
        Bytes += (long)_buckets[_started].Count * sizeof(float);
        _buckets[_started++].Start(_communicator);
    }

    /// <summary>Gradients that are summed together, and where each part of them goes back.</summary>
    private sealed class Bucket(int length)
    {
        private readonly float[] _values = GC.AllocateUninitializedArray<float>(length, pinned: true);
        private readonly List<(DeviceBuffer<float>? Gradient, float[]? Rows, long From, int At, int Length)> _parts = [];
        private IPendingOperation? _pending;

        internal int Count { get; private set; }

        internal int Add(DeviceBuffer<float> gradient, long from, int room)
        {
            int taken = (int)Math.Min(room - Count, gradient.Length - from);
            gradient.CopyTo(_values.AsSpan(Count, taken), from);
            _parts.Add((gradient, null, from, Count, taken));
            Count += taken;
            return taken;
        }

        internal int Add(float[] rows, int from, int room)
        {
            int taken = Math.Min(room - Count, rows.Length - from);
            rows.AsSpan(from, taken).CopyTo(_values.AsSpan(Count));
            _parts.Add((null, rows, from, Count, taken));
            Count += taken;
            return taken;
        }

        internal void Start(ICommunicator communicator) =>
            _pending = communicator.StartAllReduceSum(System.Runtime.InteropServices.MemoryMarshal.CreateFromPinnedArray(_values, 0, Count));

        internal bool TryEnd()
        {
            if (!_pending!.Test())
            {
                return false;
            }

            End();
            return true;
        }

        internal void End()
        {
            _pending!.Wait();
            foreach ((DeviceBuffer<float>? gradient, float[]? rows, long from, int at, int taken) in _parts)
            {
                gradient?.CopyFrom(_values.AsSpan(at, taken), from);
                _values.AsSpan(at, rows is null ? 0 : taken).CopyTo(rows.AsSpan((int)(rows is null ? 0 : from)));
            }

            _parts.Clear();
            _pending = null;
            Count = 0;
        }
    }
}
