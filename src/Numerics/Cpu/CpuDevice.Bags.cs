using System.Diagnostics;
using System.Numerics.Tensors;
using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <content>Grouping of indices and pooling of bags.</content>
public sealed partial class CpuDevice
{
    /// <summary>Rows that lie far apart take longer than elements side by side.</summary>
    private const int GatheredElementsInPiece = 1 << 14;

    private readonly ScratchBuffer<long> _sortKeys = new();

    /// <inheritdoc/>
    public unsafe void GroupRows(JaggedIndices bags, RowGroups groups)
    {
        ArgumentNullException.ThrowIfNull(bags);
        ArgumentNullException.ThrowIfNull(groups);
        int n = bags.Count;
        groups.Resize(bags.Bags, n, bags.IsWeighted);
        groups.Offsets.CopyFrom(bags.Offsets);
        groups.Weights.CopyFrom(bags.Weights);
        GroupKernels.Bags(bags.Offsets, new Span<int>(Pointer(groups.Bag), n));
        long* packed = _sortKeys.Get(2L * n);
        int start = RadixSortKernels.Sort(bags.Indices, packed);
        groups.UniqueCount = start < 0
            ? GroupKernels.GroupLarge(bags.Indices, Pointer(groups.UniqueRows), Pointer(groups.Segments), Pointer(groups.Order), Pointer(groups.Position))
            : GroupKernels.Split(
                packed + start, RadixSortKernels.PositionBits(n), n, Pointer(groups.UniqueRows), Pointer(groups.Segments), Pointer(groups.Order), Pointer(groups.Position));
    }

    /// <inheritdoc/>
    public unsafe void PoolUniqueRows(Matrix rows, RowGroups groups, PoolingType pooling, Matrix output)
    {
        Debug.Assert(rows.Rows >= groups.UniqueCount, "There is a row for each unique row.");
        Pool(new BagRows { Rows = new View(rows), Position = Pointer(groups.Position) }, groups, pooling, output);
    }

    /// <inheritdoc/>
    public unsafe void PoolTableRows(Matrix table, RowGroups groups, PoolingType pooling, Matrix output) => Pool(
        new BagRows { Rows = new View(table), Position = Pointer(groups.Position), TableRows = Pointer(groups.UniqueRows) }, groups, pooling, output);

    /// <inheritdoc/>
    public unsafe void UniqueRowGradients(RowGroups groups, PoolingType pooling, Matrix outputGradient, Matrix rowGradients)
    {
        Debug.Assert(outputGradient.Rows == groups.Bags && outputGradient.Columns == rowGradients.Columns, "One gradient a bag.");
        Debug.Assert(rowGradients.Rows >= groups.UniqueCount, "There is a row for each unique row.");
        int rows = BagsInPiece(groups.Count, groups.UniqueCount, rowGradients.Columns);
        _workers.Run(
            Pieces(groups.UniqueCount, rows),
            new RowGradientJob
            {
                Source = new UseRows
                {
                    Rows = new View(outputGradient),
                    Order = Pointer(groups.Order),
                    Bag = Pointer(groups.Bag),
                    Offsets = pooling == PoolingType.Mean ? Pointer(groups.Offsets) : null,
                    Weights = groups.IsWeighted ? Pointer(groups.Weights) : null,
                },
                Segments = Pointer(groups.Segments),
                RowGradients = new View(rowGradients),
                UniqueCount = groups.UniqueCount,
                RowsInPiece = rows,
            });
    }

    /// <inheritdoc/>
    public unsafe void AddToRows(RowGroups groups, Matrix rowValues, float scale, Matrix table)
    {
        Debug.Assert(rowValues.Rows >= groups.UniqueCount && rowValues.Columns == table.Columns, "There is a value for each unique row.");
        int rows = RowsInPiece(table.Columns);
        _workers.Run(
            Pieces(groups.UniqueCount, rows),
            new AddToRowsJob
            {
                UniqueRows = Pointer(groups.UniqueRows),
                UniqueCount = groups.UniqueCount,
                Values = new View(rowValues),
                Scale = scale,
                Table = new View(table),
                RowsInPiece = rows,
            });
    }

    /// <summary>Gets how many bags (or unique rows) make a piece worth its start, by their mean length.</summary>
    private static int BagsInPiece(int count, int bags, int columns) =>
        Math.Max(1, (int)((long)GatheredElementsInPiece * Math.Max(bags, 1) / (Math.Max(columns, 1) * (count + (long)Math.Max(bags, 1)))));

    private unsafe void Pool(BagRows source, RowGroups groups, PoolingType pooling, Matrix output)
    {
        Debug.Assert(output.Rows == groups.Bags && output.Columns == source.Rows.Columns, "One output row a bag.");
        source.Weights = groups.IsWeighted ? Pointer(groups.Weights) : null;
        int bags = BagsInPiece(groups.Count, groups.Bags, output.Columns);
        _workers.Run(
            Pieces(groups.Bags, bags),
            new PoolJob
            {
                Source = source,
                Offsets = Pointer(groups.Offsets),
                Output = new View(output),
                IsMean = pooling == PoolingType.Mean,
                BagsInPiece = bags,
            });
    }

    /// <summary>The row of each index of a bag.</summary>
    private unsafe struct BagRows : IWeightedRows
    {
        internal View Rows;
        internal int* Position;
        internal long* TableRows;
        internal float* Weights;

        public readonly float* Row(int t) => Rows.Pointer + ((nint)(TableRows is null ? Position[t] : TableRows[Position[t]]) * Rows.Stride);

        public readonly float Weight(int t) => Weights is null ? 1 : Weights[t];
    }

    /// <summary>The output gradient of each use of a unique row.</summary>
    private unsafe struct UseRows : IWeightedRows
    {
        internal View Rows;
        internal int* Order;
        internal int* Bag;
        internal int* Offsets;
        internal float* Weights;

        public readonly float* Row(int t) => Rows.Row(Bag[Order[t]]);

        public readonly float Weight(int t)
        {
            int i = Order[t];
            float weight = Weights is null ? 1 : Weights[i];
            return Offsets is null ? weight : weight / (Offsets[Bag[i] + 1] - Offsets[Bag[i]]);
        }
    }

    private unsafe struct PoolJob : IPieceJob
    {
        internal BagRows Source;
        internal int* Offsets;
        internal View Output;
        internal bool IsMean;
        internal int BagsInPiece;

        public readonly void Run(int piece)
        {
            int end = Math.Min((piece + 1) * BagsInPiece, Output.Rows);
            int last = Offsets[end] - 1;
            for (int b = piece * BagsInPiece; b < end; b++)
            {
                if (Offsets[b] <= last)
                {
                    PrefetchKernels.Lines(Source.Row(Math.Min(Offsets[b] + PrefetchKernels.Distance, last)), Output.Columns);
                }

                int length = Offsets[b + 1] - Offsets[b];
                float scale = IsMean && length > 0 ? 1f / length : 1;
                PoolingKernels.Sum(Source, Offsets[b], Offsets[b + 1], scale, Output.Columns, Output.Row(b));
            }
        }
    }

    private unsafe struct RowGradientJob : IPieceJob
    {
        internal UseRows Source;
        internal int* Segments;
        internal View RowGradients;
        internal int UniqueCount;
        internal int RowsInPiece;

        public readonly void Run(int piece)
        {
            int end = Math.Min((piece + 1) * RowsInPiece, UniqueCount);
            int last = Segments[end] - 1;
            for (int u = piece * RowsInPiece; u < end; u++)
            {
                PrefetchKernels.Lines(Source.Row(Math.Min(Segments[u] + PrefetchKernels.Distance, last)), RowGradients.Columns);
                PoolingKernels.Sum(Source, Segments[u], Segments[u + 1], 1, RowGradients.Columns, RowGradients.Row(u));
            }
        }
    }

    private unsafe struct AddToRowsJob : IPieceJob
    {
        internal long* UniqueRows;
        internal int UniqueCount;
        internal View Values;
        internal float Scale;
        internal View Table;
        internal int RowsInPiece;

        public readonly void Run(int piece)
        {
            int end = Math.Min((piece + 1) * RowsInPiece, UniqueCount);
            for (int u = piece * RowsInPiece; u < end; u++)
            {
                Span<float> row = new(Table.Pointer + ((nint)UniqueRows[u] * Table.Stride), Table.Columns);
                TensorPrimitives.MultiplyAdd(new ReadOnlySpan<float>(Values.Row(u), Table.Columns), Scale, row, row);
            }
        }
    }
}
