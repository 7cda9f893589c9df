namespace Dlrm.Numerics;

/// <content>Elementwise operators on matrices.</content>
public partial interface IDevice
{
    /// <summary>Sets every element of a matrix to one value; elements between the rows of a strided view stay.</summary>
    /// <param name="destination">The matrix.</param>
    /// <param name="value">The value.</param>
    void FillElements(Matrix destination, float value);

    /// <summary><c>destination[i, j] = a[i, j] + b[i, j]</c>; the destination may be a or b.</summary>
    /// <param name="a">The first matrix.</param>
    /// <param name="b">The second matrix.</param>
    /// <param name="destination">Receives the sums.</param>
    void AddElements(Matrix a, Matrix b, Matrix destination);

    /// <summary><c>destination[i, j] = a[i, j] · b[i, j]</c>; the destination may be a or b.</summary>
    /// <param name="a">The first matrix.</param>
    /// <param name="b">The second matrix.</param>
    /// <param name="destination">Receives the products.</param>
    void MultiplyElements(Matrix a, Matrix b, Matrix destination);
}
