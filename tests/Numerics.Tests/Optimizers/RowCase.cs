namespace Dlrm.Numerics.Tests.Optimizers;

/// <summary>A table, its states and the gradients of some of its rows.</summary>
internal sealed class RowCase : IDisposable
{
    internal const int Rows = 400;

    private readonly int _dim;
    private readonly long[] _touched;
    private readonly DeviceBuffer<float> _gradients;
    private readonly float[] _gradientValues;

    internal RowCase(IDevice device, int dim)
    {
        _dim = dim;
        Table = new DeviceArrays(device, Rows * dim, 4);
        Groups = HostGroups.Of(device, Enumerable.Range(0, Rows).Where(row => row % 3 == 0 || row == Rows - 1).Select(row => (long)row));
        _touched = Groups.UniqueRows.ToArray()[..Groups.UniqueCount];
        int stride = dim + 2;
        _gradientValues = Ttm.TtmCase.Uniform(Groups.UniqueCount * stride, 29);
        _gradients = device.Allocate<float>(_gradientValues.Length);
        _gradients.CopyFrom(_gradientValues);
        GradientView = new Matrix(_gradients, Groups.UniqueCount, dim, stride);
        TableView = new Matrix(Table[0], Rows, dim);
    }

    internal DeviceArrays Table { get; }

    internal RowGroups Groups { get; }

    internal Matrix TableView { get; }

    internal Matrix GradientView { get; }

    public void Dispose()
    {
        Table.Dispose();
        Groups.Dispose();
        _gradients.Dispose();
    }

    internal bool IsTouched(int row) => Array.BinarySearch(_touched, row) >= 0;

    /// <summary>Spreads the gradients over a whole table; zero elsewhere.</summary>
    internal float[] DenseGradient()
    {
        float[] dense = new float[Rows * _dim];
        for (int u = 0; u < _touched.Length; u++)
        {
            _gradientValues.AsSpan(u * (_dim + 2), _dim).CopyTo(dense.AsSpan((int)_touched[u] * _dim));
        }

        return dense;
    }
}
