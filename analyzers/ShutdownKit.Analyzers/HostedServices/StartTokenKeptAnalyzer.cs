using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.HostedServices;

/// <summary>SHK2016: what runs in the background observes the token of StartAsync, which a stop never cancels.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class StartTokenKeptAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK2016";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["StartAsync"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Token of StartAsync is kept as the stop token",
        "'{0}' of StartAsync is signalled only when the start of the host is aborted, never when it stops: what '{1}' runs in the background never learns of the stop",
        RuleCategories.HostedServices,
        DiagnosticSeverity.Warning,
        "The token that StartAsync gets is there to abort the start. Once the host has started nobody signals it. A loop that shall end with the "
        + "service needs a token source of its own, which StopAsync cancels, or the token of IHostApplicationLifetime.ApplicationStopping.");

    /// <summary>Creates the analyzer.</summary>
    public StartTokenKeptAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Symbols.HostedService is not null && !watch.Facts.IsExemptAsTest)
            watch.Names(Names, Look);
    }

    private static void Look(SourceFile file, SyntaxToken name)
    {
        if (HostedServiceStart.At(file, name) is { } service)
            Look(service.Method, service.Method.ParameterList.Parameters[0].Identifier.ValueText, service, file, depth: 0);
    }

    private static void Look(SyntaxNode code, string token, HostedServiceStart service, SourceFile file, int depth)
    {
        var reported = new HashSet<SyntaxNode>();
        foreach (var task in service.Background.TasksIn(code))
        {
            if (IsDrivenBy(task, token, service))
                Report(MentionIn(task.Call.ArgumentList, token) ?? task.Call.Expression);
        }

        foreach (var node in code.DescendantNodes())
        {
            switch (node)
            {
                case InvocationExpressionSyntax call when HasArgument(call, token):
                    if (SyntaxNames.OfInvoked(call) == "CreateLinkedTokenSource")
                    {
                        if (call.ArgumentList.Arguments.Count == 1 && IsOnlySourceOfALoop(call, service))
                            Report(call.ArgumentList.Arguments[0].Expression);
                    }
                    else if (service.Background.OwnCallee(call) is { } callee)
                    {
                        // One step of the start that is awaited, and gets the token.
                        if (depth == 0 && callee != code && callee.SyntaxTree == file.Tree && IsWaitedFor(call) && ParameterFor(call, callee, token) is { } parameter)
                            Look(callee, parameter, service, file, depth + 1);
                    }
                    else if (IsEndlessCallElsewhere(call, code, service))
                    {
                        Report(MentionIn(call.ArgumentList, token)!);
                    }

                    break;

                case ObjectCreationExpressionSyntax { Type: var type, ArgumentList: { } arguments } when IsTimer(type) && MentionIn(arguments, token) is { } mention:
                    Report(mention);
                    break;

                case AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.SimpleAssignmentExpression, Right: IdentifierNameSyntax { Identifier.ValueText: var kept } right } assignment
                    when kept == token && IsFieldOfALoop(assignment, service):
                    Report(right);
                    break;
            }
        }

        void Report(SyntaxNode where)
        {
            if (reported.Add(where))
                file.Report(Diagnostic.Create(Rule, where.GetLocation(), token, service.Path.Type.Name));
        }
    }

    /// <summary>Whether the token decides how long a task goes on that is not waited for, and nothing else ends it on stop.</summary>
    internal static bool IsDrivenBy(BackgroundTask task, string token, HostedServiceStart service)
    {
        var isStarted = SyntaxNames.OfInvoked(task.Call) is "Run" or "StartNew" && task.Call.Expression is MemberAccessExpressionSyntax;
        var getsToken = task.Work switch
        {
            // The token beside the delegate only keeps it from being started.
            AnonymousFunctionExpressionSyntax lambda => MentionIn(lambda, token) is not null,
            LocalFunctionStatementSyntax function => (!isStarted && HasArgument(task.Call, token)) || IsCaptured(function, token),
            // A call of another class is looked at by its name.
            InvocationExpressionSyntax => false,
            _ => !isStarted && HasArgument(task.Call, token),
        };
        if (!getsToken)
            return false;

        var work = service.Background.With(task.Work);
        return (ServiceLoop.FindIn(work) is not null || CallsEndlessly(task.Work, token))
               && !TokenSourceUse.LinksToken(work)
               && !service.Background.IsEndedOnStop(work, byDisposal: false);
    }

    private static bool IsCaptured(LocalFunctionStatementSyntax function, string token)
    {
        foreach (var parameter in function.ParameterList.Parameters)
        {
            if (parameter.Identifier.ValueText == token)
                return false;
        }

        return MentionIn(function, token) is not null;
    }

    // () => consumer.RunAsync(token)
    private static bool CallsEndlessly(SyntaxNode code, string token)
    {
        foreach (var node in code.DescendantNodes())
        {
            if (node is InvocationExpressionSyntax call && HasArgument(call, token) && SyntaxNames.OfInvoked(call) is { } name && BackgroundWork.SoundsEndless(name))
                return true;
        }

        return false;
    }

    // _ = consumer.RunAsync(token)
    private static bool IsEndlessCallElsewhere(InvocationExpressionSyntax call, SyntaxNode code, HostedServiceStart service) =>
        call.Expression is MemberAccessExpressionSyntax { Name.Identifier.ValueText: var name, Expression: not BaseExpressionSyntax }
        && BackgroundWork.SoundsEndless(name)
        && SyntaxNames.OfReceiver(call) is not ("Task" or "Factory" or "Parallel")
        && (name.EndsWith("Async", StringComparison.Ordinal) || name == "StartReceiving")
        && BackgroundWork.IsNotWaitedFor(call, code, out _)
        && !service.Background.IsEndedOnStop([call], byDisposal: false);

    // _source = CreateLinkedTokenSource(token), and nothing cancels it.
    private static bool IsOnlySourceOfALoop(InvocationExpressionSyntax creation, HostedServiceStart service)
    {
        switch (creation.Parent)
        {
            case AssignmentExpressionSyntax { Left: var left } assignment when assignment.Right == creation && OwnField(left, service) is { } field:
                var ofField = TokenSourceUse.Of(field, service.Path.Declarations, creation);
                return !ofField.MayBeCancelled && ofField.DrivesServiceLoop(service.Background);

            case EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Identifier.ValueText: var local } variable }
                when variable.FirstAncestorOrSelf<BlockSyntax>() is { } block:
                var ofLocal = TokenSourceUse.Of(local, [block], creation);
                return !ofLocal.MayBeCancelled && ofLocal.DrivesServiceLoop(service.Background);

            default:
                return false;
        }
    }

    // _token = token, and a loop of the type asks the field.
    private static bool IsFieldOfALoop(AssignmentExpressionSyntax assignment, HostedServiceStart service)
    {
        if (OwnField(assignment.Left, service) is not { } field)
            return false;

        var isAsked = false;
        foreach (var declaration in service.Path.Declarations)
        {
            foreach (var name in StopPath.OwnNames(declaration))
            {
                if (name.Identifier.ValueText != field)
                    continue;

                ExpressionSyntax token = name.Parent is MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } own ? own : name;
                if (token.Parent is AssignmentExpressionSyntax other && other.Left == token)
                {
                    if (other != assignment)
                        return false;
                    continue;
                }

                isAsked |= Asks(token, service.Background);
            }
        }

        return isAsked;
    }

    private static bool Asks(SyntaxNode token, BackgroundWork background)
    {
        for (var scope = token.Parent; scope is not (null or MemberDeclarationSyntax); scope = scope.Parent)
        {
            if (ServiceLoop.Is(scope))
                return !background.IsEndedOnStop([scope], byDisposal: false);

            if (scope is ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax call } && background.OwnCallee(call) is { } callee)
            {
                var code = background.With(callee);
                return ServiceLoop.FindIn(code) is not null && !TokenSourceUse.LinksToken(code) && !background.IsEndedOnStop(code, byDisposal: false);
            }
        }

        return false;
    }

    private static string? OwnField(ExpressionSyntax expression, HostedServiceStart service)
    {
        var name = expression switch
        {
            IdentifierNameSyntax identifier => identifier.Identifier.ValueText,
            MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } own => own.Name.Identifier.ValueText,
            _ => null,
        };
        return name is not null && service.Path.MemberNamed(name) is IFieldSymbol { DeclaredAccessibility: Accessibility.Private } or IPropertySymbol { DeclaredAccessibility: Accessibility.Private }
            ? name
            : null;
    }

    private static bool IsWaitedFor(InvocationExpressionSyntax call)
    {
        SyntaxNode task = call;
        while (task.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait" } access && access.Parent is InvocationExpressionSyntax configured)
            task = configured;

        return task.Parent is AwaitExpressionSyntax or ReturnStatementSyntax or ArrowExpressionClauseSyntax or ExpressionStatementSyntax;
    }

    private static string? ParameterFor(InvocationExpressionSyntax call, SyntaxNode callee, string token)
    {
        var parameters = (callee as MethodDeclarationSyntax)?.ParameterList.Parameters ?? (callee as LocalFunctionStatementSyntax)?.ParameterList.Parameters;
        var arguments = call.ArgumentList.Arguments;
        for (var i = 0; parameters is { } list && i < arguments.Count && i < list.Count; i++)
        {
            if (arguments[i].NameColon is null && IsToken(arguments[i].Expression, token))
                return list[i].Identifier.ValueText;
        }

        return null;
    }

    /// <summary>Whether the call is given the token.</summary>
    internal static bool HasArgument(InvocationExpressionSyntax call, string token)
    {
        foreach (var argument in call.ArgumentList.Arguments)
        {
            if (IsToken(argument.Expression, token))
                return true;
        }

        return false;
    }

    private static bool IsToken(ExpressionSyntax expression, string token) =>
        expression is IdentifierNameSyntax { Identifier.ValueText: var name } && name == token;

    private static SyntaxNode? MentionIn(SyntaxNode code, string token)
    {
        foreach (var node in code.DescendantNodes())
        {
            // A lambda's own parameter of that name hides the token.
            if (node is ParameterSyntax { Identifier.ValueText: var hidden } && hidden == token)
                return null;

            if (node is IdentifierNameSyntax { Identifier.ValueText: var name, Parent: not (NameColonSyntax or MemberBindingExpressionSyntax) } identifier
                && name == token
                && !(identifier.Parent is MemberAccessExpressionSyntax access && access.Name == identifier)
                && !IsBesideDelegate(identifier))
            {
                return identifier;
            }
        }

        return null;
    }

    // Task.Run(work, token)
    private static bool IsBesideDelegate(IdentifierNameSyntax token) =>
        token.Parent is ArgumentSyntax { Parent: ArgumentListSyntax { Parent: InvocationExpressionSyntax call } list } argument
        && SyntaxNames.OfInvoked(call) is "Run" or "StartNew"
        && SyntaxNames.OfReceiver(call) is "Task" or "Factory"
        && list.Arguments.IndexOf(argument) > 0;

    private static bool IsTimer(TypeSyntax type) => type switch
    {
        SimpleNameSyntax name => name.Identifier.ValueText == "Timer",
        QualifiedNameSyntax name => name.Right.Identifier.ValueText == "Timer",
        _ => false,
    };
}
